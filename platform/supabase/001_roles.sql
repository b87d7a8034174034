-- Stand-in for Supabase: the roles that the Data API and the auth service run as.
--
-- Needs: CREATEROLE, and for service_role's BYPASSRLS a superuser (PostgreSQL 16 and later: a role that has BYPASSRLS
-- itself). Creates only the roles that are missing; one that exists is not changed in any way. Roles belong to the
-- whole server, so two databases may run this at the same time: the one that comes second finds the role made by the
-- first one and goes on. What is created here carries a comment that begins with "pgphase stand-in": that comment is
-- what uninstall.sql goes by.

do $$
declare
    wanted record;
begin
    for wanted in
        select *
        from (
            values
                ('anon', 'nologin noinherit', 'request without a signed-in user', '3s'),
                ('authenticated', 'nologin noinherit', 'request of a signed-in user', '8s'),
                ('service_role', 'nologin noinherit bypassrls', 'trusted server code; row level security is bypassed', null),
                ('authenticator', 'login noinherit', 'what the Data API logs in as before it becomes one of the three', null),
                ('supabase_auth_admin', 'login noinherit', 'what the auth service logs in as; owns auth.users', null)
        ) as role (name, options, purpose, statement_timeout)
    loop
        continue when exists (select from pg_catalog.pg_roles r where r.rolname = wanted.name);

        begin
            execute format('create role %I %s', wanted.name, wanted.options);
            execute format('comment on role %I is %L', wanted.name, 'pgphase stand-in: ' || wanted.purpose);
            if wanted.statement_timeout is not null then
                execute format('alter role %I set statement_timeout = %L', wanted.name, wanted.statement_timeout);
            end if;
            if wanted.name = 'supabase_auth_admin' then
                -- The auth service works with this search path: a trigger function on auth.users that is not
                -- schema-qualified fails at sign-up. It has to fail here as well.
                alter role supabase_auth_admin set search_path = auth;
            end if;
        exception
            when duplicate_object or unique_violation then
                null; -- made by another database of this server in the meantime
            when insufficient_privilege then
                raise exception 'the role % may not create role %: %', current_user, wanted.name, sqlerrm
                    using
                        errcode = 'insufficient_privilege',
                        hint = case
                            when wanted.name = 'service_role'
                                then 'service_role needs BYPASSRLS, which only a superuser may give '
                                    || '(PostgreSQL 16 and later: also a role that has BYPASSRLS). '
                                    || 'Connect as a superuser for this one step, or let one run: create role service_role '
                                    || format('nologin noinherit bypassrls; grant service_role to %I', current_user)
                            else format('Connect as a superuser, or let one run: create role %I %s', wanted.name, wanted.options)
                        end;
        end;
    end loop;
end
$$;

-- Who may become whom: the Data API's login role each of the three, and the role that owns the database's objects
-- (the one that runs this, and "postgres", which is no superuser on Supabase) likewise. Only where a role of this
-- stand-in is concerned: memberships among roles that were here before stay as they are.
do $$
declare
    pair record;
begin
    for pair in
        select granted.rolname as granted, member.rolname as member
        from pg_catalog.pg_roles granted
        cross join pg_catalog.pg_roles member
        where granted.rolname in ('anon', 'authenticated', 'service_role')
            and (
                member.rolname = 'authenticator'
                and pg_catalog.shobj_description(member.oid, 'pg_authid') like 'pgphase stand-in%'
                or member.rolname in (current_user, 'postgres')
                and not member.rolsuper
                and pg_catalog.shobj_description(granted.oid, 'pg_authid') like 'pgphase stand-in%'
            )
            and not exists (
                -- A row that merely carries the admin option (what CREATEROLE gives since PostgreSQL 16) is not enough.
                select
                from pg_catalog.pg_auth_members m
                where m.roleid = granted.oid
                    and m.member = member.oid
                    and coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::boolean, true)
            )
        order by 1, 2
    loop
        begin
            execute format('grant %I to %I', pair.granted, pair.member);
        exception
            when unique_violation then
                null; -- granted by another database of this server in the meantime
            when insufficient_privilege then
                raise notice 'the role % may not grant % to %', current_user, pair.granted, pair.member;
        end;
    end loop;
end
$$;
