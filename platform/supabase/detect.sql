-- What there is of Supabase's platform in this database: one row of booleans. Reads only catalogues that everybody may
-- read, creates nothing.
select
    to_regnamespace('auth') is not null as has_auth_schema,
    to_regclass('auth.users') is not null as has_auth_users,
    to_regprocedure('auth.uid()') is not null as has_auth_uid,
    to_regprocedure('auth.role()') is not null as has_auth_role,
    to_regprocedure('auth.jwt()') is not null as has_auth_jwt,
    to_regprocedure('auth.email()') is not null as has_auth_email,
    to_regrole('anon') is not null as has_role_anon,
    to_regrole('authenticated') is not null as has_role_authenticated,
    to_regrole('service_role') is not null as has_role_service_role,
    to_regrole('authenticator') is not null as has_role_authenticator,
    to_regrole('supabase_auth_admin') is not null as has_role_supabase_auth_admin,
    coalesce((select r.rolbypassrls or r.rolsuper from pg_catalog.pg_roles r where r.rolname = 'service_role'), false)
        as service_role_bypasses_rls,
    to_regnamespace('vault') is not null as has_vault_schema,
    to_regclass('vault.decrypted_secrets') is not null
        and exists (
            select
            from pg_catalog.pg_proc p
            where p.pronamespace = to_regnamespace('vault') and p.proname = 'create_secret'
        ) as has_vault,
    exists (select from pg_catalog.pg_publication p where p.pubname = 'supabase_realtime') as has_supabase_realtime,
    to_regnamespace('extensions') is not null as has_extensions_schema,
    coalesce(obj_description(to_regnamespace('auth'), 'pg_namespace') like 'pgphase stand-in%', false)
        or coalesce(obj_description(to_regclass('auth.users'), 'pg_class') like 'pgphase stand-in%', false) as is_stand_in,
    coalesce(obj_description(to_regnamespace('vault'), 'pg_namespace') like 'pgphase stand-in%', false) as is_vault_stand_in,
    me.rolsuper or me.rolcreaterole as can_create_role,
    me.rolsuper as is_superuser,
    has_database_privilege(current_database(), 'create') as can_create_schema
from pg_catalog.pg_roles me
where me.rolname = current_user;
