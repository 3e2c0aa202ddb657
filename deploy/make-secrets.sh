#!/bin/sh
# Makes the secrets that docker-compose.yml names, each once; those that are there stay.
set -eu
folder=$(dirname "$0")/secrets
mkdir -p "$folder"
# The containers read them as users of their own.
chmod 755 "$folder"
for secret in postgres_password encryption_key grafana_password; do
  [ -s "$folder/$secret" ] || head -c 32 /dev/urandom | base64 | tr -d '\n' > "$folder/$secret"
  chmod 644 "$folder/$secret"
done
