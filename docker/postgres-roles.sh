#!/bin/sh
# Runs once, when the postgres container makes its data folder: the same roles
# and database that ops/database.py makes on a single machine.
set -e

psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
    --set=owner_password="$OWNER_PASSWORD" --set=app_password="$APP_PASSWORD" <<'SQL'
CREATE ROLE crm_owner LOGIN CREATEDB NOCREATEROLE NOSUPERUSER NOBYPASSRLS NOREPLICATION
    PASSWORD :'owner_password';
CREATE ROLE crm_app LOGIN NOCREATEDB NOCREATEROLE NOSUPERUSER NOBYPASSRLS NOREPLICATION
    PASSWORD :'app_password';
GRANT crm_app TO crm_owner;
GRANT pg_read_all_stats TO crm_owner;
CREATE DATABASE tongke OWNER crm_owner;
REVOKE ALL ON DATABASE tongke, postgres FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE tongke TO crm_app;
GRANT CONNECT ON DATABASE postgres TO crm_owner;
\connect tongke
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
SQL
