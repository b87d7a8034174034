-- What there is of Supabase's platform in this database: one row of booleans. Reads only catalogues that everybody may
-- read (to_regclass and its like would fail for a role without usage of schema auth), creates nothing.
with schemas as (
    select n.oid, n.nspname as name, coalesce(obj_description(n.oid, 'pg_namespace'), '') as description
    from pg_catalog.pg_namespace n
    where n.nspname in ('auth', 'vault', 'extensions')
),
relations as (
    select s.name || '.' || c.relname as name, coalesce(obj_description(c.oid, 'pg_class'), '') as description
    from schemas s
    join pg_catalog.pg_class c on c.relnamespace = s.oid
),
functions as (
    select s.name || '.' || p.proname as name, p.pronargs as arguments
    from schemas s
    join pg_catalog.pg_proc p on p.pronamespace = s.oid
),
roles as (
    select r.rolname as name, r.rolbypassrls or r.rolsuper as bypasses_rls
    from pg_catalog.pg_roles r
)
select
    exists (select from schemas where name = 'auth') as has_auth_schema,
    exists (select from relations where name = 'auth.users') as has_auth_users,
    exists (select from functions where name = 'auth.uid' and arguments = 0) as has_auth_uid,
    exists (select from functions where name = 'auth.role' and arguments = 0) as has_auth_role,
    exists (select from functions where name = 'auth.jwt' and arguments = 0) as has_auth_jwt,
    exists (select from functions where name = 'auth.email' and arguments = 0) as has_auth_email,
    exists (select from roles where name = 'anon') as has_role_anon,
    exists (select from roles where name = 'authenticated') as has_role_authenticated,
    exists (select from roles where name = 'service_role') as has_role_service_role,
    exists (select from roles where name = 'authenticator') as has_role_authenticator,
    exists (select from roles where name = 'supabase_auth_admin') as has_role_supabase_auth_admin,
    exists (select from roles where name = 'service_role' and bypasses_rls) as service_role_bypasses_rls,
    exists (select from schemas where name = 'vault') as has_vault_schema,
    exists (select from functions where name = 'vault.create_secret')
        and exists (select from relations where name = 'vault.decrypted_secrets') as has_vault,
    exists (select from pg_catalog.pg_publication p where p.pubname = 'supabase_realtime') as has_supabase_realtime,
    exists (select from schemas where name = 'extensions') as has_extensions_schema,
    exists (
        select from schemas where name = 'auth' and description like 'pgphase stand-in%'
        union all
        select from relations where name = 'auth.users' and description like 'pgphase stand-in%'
    ) as is_stand_in,
    exists (select from schemas where name = 'vault' and description like 'pgphase stand-in%') as is_vault_stand_in,
    me.rolsuper or me.rolcreaterole as can_create_role,
    me.rolsuper as is_superuser,
    has_database_privilege(current_database(), 'create') as can_create_schema
from pg_catalog.pg_roles me
where me.rolname = current_user;
