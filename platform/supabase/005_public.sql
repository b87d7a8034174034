-- Stand-in for Supabase: schema extensions, and what a new object in schema public is open to.
--
-- Needs: 001_roles.sql, 002_auth.sql. Supabase's default privileges give anon, authenticated and service_role
-- everything on each new table, sequence and function in schema public. They are set here too, so that a schema which
-- forgets to revoke is found out here and not in production. Only where schema auth is this stand-in's: a project that
-- brings its own keeps its own default privileges.

do $$
begin
    if to_regnamespace('extensions') is null then
        create schema extensions;
        comment on schema extensions is 'pgphase stand-in: where Supabase keeps extensions.';
        grant usage on schema extensions to anon, authenticated, service_role;
        if to_regrole('postgres') is not null then
            grant usage on schema extensions to postgres;
        end if;
    end if;
end
$$;

do $$
declare
    creator name;
begin
    if coalesce(obj_description(to_regnamespace('auth'), 'pg_namespace'), '') not like 'pgphase stand-in%' then
        return;
    end if;

    grant usage on schema public to anon, authenticated, service_role;

    for creator in
        select r.rolname
        from pg_catalog.pg_roles r
        where r.rolname in (current_user, 'postgres') and pg_has_role(current_user, r.oid, 'usage')
    loop
        execute format(
            'alter default privileges for role %I in schema public grant all on tables to anon, authenticated, service_role',
            creator
        );
        execute format(
            'alter default privileges for role %I in schema public grant all on sequences to anon, authenticated, service_role',
            creator
        );
        execute format(
            'alter default privileges for role %I in schema public grant all on functions to anon, authenticated, service_role',
            creator
        );
    end loop;
end
$$;
