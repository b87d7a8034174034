-- Stand-in for Supabase: schema auth with the users table and the functions that read a request's JWT claims.
--
-- Needs: 001_roles.sql. Each object is created only if it is missing; nothing that exists is replaced or altered. Run
-- by a superuser, everything belongs to supabase_auth_admin, as on Supabase: the role "postgres", no superuser there,
-- then may refer to auth.users and put a trigger on it, and may not create anything in schema auth.

do $$
declare
    owner name := current_user;
    is_superuser boolean := (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user);
    fn record;
begin
    if is_superuser then
        owner := 'supabase_auth_admin';
    end if;

    if to_regnamespace('auth') is null then
        execute format('create schema auth authorization %I', owner);
        comment on schema auth is 'pgphase stand-in: what Supabase''s auth service brings. Accounts and JWT claims, no sign-in service.';
        grant usage on schema auth to anon, authenticated, service_role;
        if to_regrole('postgres') is not null then
            grant usage on schema auth to postgres;
        end if;
    end if;

    if to_regclass('auth.users') is null then
        create table auth.users (
            instance_id uuid,
            id uuid not null,
            aud character varying(255),
            role character varying(255),
            email character varying(255),
            encrypted_password character varying(255),
            email_confirmed_at timestamptz,
            invited_at timestamptz,
            confirmation_token character varying(255),
            confirmation_sent_at timestamptz,
            recovery_token character varying(255),
            recovery_sent_at timestamptz,
            email_change_token_new character varying(255),
            email_change character varying(255),
            email_change_sent_at timestamptz,
            last_sign_in_at timestamptz,
            raw_app_meta_data jsonb,
            raw_user_meta_data jsonb,
            is_super_admin boolean,
            created_at timestamptz,
            updated_at timestamptz,
            phone text default null,
            phone_confirmed_at timestamptz,
            phone_change text default '',
            phone_change_token character varying(255) default '',
            phone_change_sent_at timestamptz,
            confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
            email_change_token_current character varying(255) default '',
            email_change_confirm_status smallint default 0,
            banned_until timestamptz,
            reauthentication_token character varying(255) default '',
            reauthentication_sent_at timestamptz,
            is_sso_user boolean not null default false,
            deleted_at timestamptz,
            is_anonymous boolean not null default false,
            constraint users_pkey primary key (id),
            constraint users_phone_key unique (phone),
            constraint users_email_change_confirm_status_check check (email_change_confirm_status between 0 and 2)
        );
        comment on table auth.users is 'pgphase stand-in: accounts, with the columns that Supabase''s auth.users has.';

        -- One account an address; accounts of single sign-on providers are exempt.
        create unique index users_email_partial_key on auth.users (email) where not is_sso_user;
        create index users_instance_id_idx on auth.users (instance_id);
        create index users_is_anonymous_idx on auth.users (is_anonymous);
        alter table auth.users enable row level security;

        execute format('alter table auth.users owner to %I', owner);
        grant select, insert, update, delete on table auth.users to supabase_auth_admin;
        if to_regrole('postgres') is not null then
            grant all on table auth.users to postgres;
        end if;
    end if;

    for fn in
        select *
        from (
            values
                (
                    'uid', 'uuid', 'the signed-in user''s id, or null',
                    $body$
    select nullif(
        coalesce(
            nullif(current_setting('request.jwt.claim.sub', true), ''),
            nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
        ),
        ''
    )::uuid
$body$
                ),
                (
                    'role', 'text', 'the role in the request''s JWT, or null',
                    $body$
    select nullif(
        coalesce(
            nullif(current_setting('request.jwt.claim.role', true), ''),
            nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
        ),
        ''
    )
$body$
                ),
                (
                    'email', 'text', 'the signed-in user''s e-mail address, or null',
                    $body$
    select nullif(
        coalesce(
            nullif(current_setting('request.jwt.claim.email', true), ''),
            nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
        ),
        ''
    )
$body$
                ),
                (
                    'jwt', 'jsonb', 'all claims of the request''s JWT, or null',
                    $body$
    select coalesce(
        nullif(current_setting('request.jwt.claim', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')
    )::jsonb
$body$
                )
        ) as f (name, returns, purpose, body)
    loop
        continue when to_regprocedure(format('auth.%I()', fn.name)) is not null;
        execute format('create function auth.%I() returns %s language sql stable as %L', fn.name, fn.returns, fn.body);
        execute format('comment on function auth.%I() is %L', fn.name, 'pgphase stand-in: ' || fn.purpose || '.');
        execute format('alter function auth.%I() owner to %I', fn.name, owner);
    end loop;
exception
    when insufficient_privilege then
        raise exception 'the role % may not complete schema auth: %', current_user, sqlerrm
            using
                errcode = 'insufficient_privilege',
                hint = 'On Supabase this schema is complete and belongs to the platform; elsewhere connect as a superuser for this one step.';
end
$$;
