-- What a run must know before it plans: one row. Reads only catalogues that everybody may read: to_regclass and its
-- like fail for a role without usage of the schema.
select
    current_setting('server_version_num')::int as server_version_num,
    current_setting('server_version') as server_version,
    current_database()::text as database,
    current_user::text as role,
    (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) as is_superuser,
    pg_catalog.pg_is_in_recovery() as in_recovery,
    current_setting('transaction_read_only') = 'on' as read_only,
    pg_catalog.has_database_privilege(current_database(), 'create') as can_create,
    exists (select from pg_catalog.pg_namespace n where n.nspname = 'pgphase') as has_schema,
    exists (
        select from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'pgphase' and c.relname in ('meta', 'history', 'refinery_schema_history')
    ) as has_history,
    exists (
        select from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'auth' and c.relname = 'users'
    ) as has_auth_users,
    exists (
        select from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'auth' and p.proname = 'uid'
    ) as has_auth_uid,
    (
        select count(*) from pg_catalog.pg_roles r
        where r.rolname in ('anon', 'authenticated', 'service_role')
    )::int as api_roles,
    exists (
        select from pg_catalog.pg_publication p where p.pubname = 'supabase_realtime'
    ) as has_realtime,
    pg_catalog.pg_backend_pid() as backend_pid
