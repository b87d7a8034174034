-- Takes the stand-in away, and nothing else: what carries no "pgphase stand-in" comment stays.
--
-- Fails, and changes nothing, while something outside still depends on the stand-in (a foreign key to auth.users, a
-- policy that calls auth.uid()): take the system down first. The accounts in auth.users and the secrets in vault go
-- with it. Roles belong to the whole server: those that are still used, here or in another database, stay, with a
-- notice that says so.

-- Default privileges and the usage of schema public: set by 005_public.sql where schema auth is ours.
do $$
declare
    entry record;
begin
    if coalesce(obj_description(to_regnamespace('auth'), 'pg_namespace'), '') not like 'pgphase stand-in%' then
        return;
    end if;

    for entry in
        select distinct
            creator.rolname as creator,
            case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' end as objects,
            grantee.rolname as grantee
        from pg_catalog.pg_default_acl d
        join pg_catalog.pg_roles creator on creator.oid = d.defaclrole
        cross join lateral aclexplode(d.defaclacl) acl
        join pg_catalog.pg_roles grantee on grantee.oid = acl.grantee
        where d.defaclnamespace = to_regnamespace('public')
            and d.defaclobjtype in ('r', 'S', 'f')
            and grantee.rolname in ('anon', 'authenticated', 'service_role')
            and grantee.rolname <> creator.rolname
            and pg_has_role(current_user, creator.oid, 'usage')
    loop
        execute format(
            'alter default privileges for role %I in schema public revoke all on %s from %I',
            entry.creator, entry.objects, entry.grantee
        );
    end loop;

    if to_regnamespace('public') is not null then
        for entry in
            select r.rolname as grantee
            from pg_catalog.pg_roles r
            where r.rolname in ('anon', 'authenticated', 'service_role')
        loop
            execute format('revoke usage on schema public from %I', entry.grantee);
        end loop;
    end if;
end
$$;

do $$
declare
    publication name;
begin
    select p.pubname into publication
    from pg_catalog.pg_publication p
    where p.pubname = 'supabase_realtime' and obj_description(p.oid, 'pg_publication') like 'pgphase stand-in%';

    if found then
        drop publication supabase_realtime;
    end if;
end
$$;

-- Functions, views, tables, then schemas. No cascade: what others built on these must be seen, not lost.
do $$
declare
    object record;
begin
    for object in
        select
            format(
                'drop %s %s',
                case when c.relkind is null then 'function' when c.relkind = 'v' then 'view' else 'table' end,
                coalesce(f.oid::regprocedure::text, c.oid::regclass::text)
            ) as statement
        from (
            select p.oid, null::oid as relation, 1 as step
            from pg_catalog.pg_proc p
            where p.pronamespace in (to_regnamespace('auth'), to_regnamespace('vault'))
                and obj_description(p.oid, 'pg_proc') like 'pgphase stand-in%'
            union all
            select null, r.oid, case r.relkind when 'v' then 2 else 3 end
            from pg_catalog.pg_class r
            where r.relnamespace in (to_regnamespace('auth'), to_regnamespace('vault'))
                and r.relkind in ('v', 'r')
                and obj_description(r.oid, 'pg_class') like 'pgphase stand-in%'
        ) f
        left join pg_catalog.pg_class c on c.oid = f.relation
        order by f.step
    loop
        execute object.statement;
    end loop;
exception
    when dependent_objects_still_exist then
        raise exception 'the stand-in is still in use: %', sqlerrm
            using
                errcode = 'dependent_objects_still_exist',
                hint = 'Take the system that uses it down first (migrate down --all).';
end
$$;

do $$
declare
    schema_name name;
begin
    for schema_name in
        select n.nspname
        from pg_catalog.pg_namespace n
        where n.nspname in ('auth', 'vault', 'extensions') and obj_description(n.oid, 'pg_namespace') like 'pgphase stand-in%'
    loop
        begin
            execute format('drop schema %I', schema_name);
        exception
            when dependent_objects_still_exist then
                raise notice 'schema % stays: it holds objects that the stand-in did not bring', schema_name;
        end;
    end loop;
end
$$;

do $$
declare
    role_name name;
begin
    for role_name in
        select r.rolname
        from pg_catalog.pg_roles r
        where r.rolname in ('authenticator', 'anon', 'authenticated', 'service_role', 'supabase_auth_admin')
            and shobj_description(r.oid, 'pg_authid') like 'pgphase stand-in%'
        order by r.rolname
    loop
        begin
            execute format('drop role %I', role_name);
        exception
            when undefined_object then
                null; -- another database of this server took it away in the meantime
            when dependent_objects_still_exist then
                raise notice 'role % stays: this or another database of the server still uses it', role_name;
            when insufficient_privilege or object_in_use then
                raise notice 'role % stays: %', role_name, sqlerrm;
        end;
    end loop;
end
$$;
