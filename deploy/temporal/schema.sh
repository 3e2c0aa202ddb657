#!/bin/sh
# Makes Temporal's two databases and brings their tables up to date; may be run again.
set -eu
SQL_PASSWORD=$(cat /run/secrets/postgres_password)
export SQL_PASSWORD SQL_PLUGIN=postgres12 SQL_HOST=postgres SQL_PORT=5432 SQL_USER="$POSTGRES_USER"
for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%:*}
  # Both fail where there is one already; what is truly wrong shows in the step after them.
  temporal-sql-tool --database "$database" create-database > /dev/null 2>&1 || true
  temporal-sql-tool --database "$database" setup-schema -v 0.0 > /dev/null 2>&1 || true
  temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/${pair#*:}"
done
