#!/bin/sh
# Temporal's configuration takes the password from the environment, and its services the address of this container.
set -eu
POSTGRES_PASSWORD=$(cat /run/secrets/postgres_password)
BIND_ON=$(hostname -i | cut -d' ' -f1)
export POSTGRES_PASSWORD BIND_ON
exec temporal-server --root /etc/redline --config temporal --env config start
