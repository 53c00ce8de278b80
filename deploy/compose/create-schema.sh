#!/bin/sh
# One shot: brings both databases of Temporal to the schema of this image's version. Safe to repeat.
# Reads SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD, as temporal-sql-tool itself does.
set -eu

for schema in temporal visibility; do
  database=temporal
  if [ "$schema" = visibility ]; then database=temporal_visibility; fi
  temporal-sql-tool --db "$database" create
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema --schema-name "postgresql/v12/$schema"
done
echo 'The schema is up to date.'
