-- Stand-in for Supabase Vault: secrets by name.
--
-- Needs: 001_roles.sql. NOTHING IS ENCRYPTED HERE: vault.secrets.secret is merely base64, so that what reads the table
-- directly instead of the view is noticed. Fine for development and tests; production wants the real extension, and
-- where that (or any part of it) exists nothing is replaced. Usable by the role that runs this, postgres and
-- service_role, and nobody else.

do $$
declare
    trusted name;
begin
    if to_regnamespace('vault') is null then
        create schema vault;
        comment on schema vault is 'pgphase stand-in: Supabase Vault''s interface WITHOUT encryption; not for production secrets.';
    end if;

    if to_regclass('vault.secrets') is null then
        create table vault.secrets (
            id uuid not null default gen_random_uuid(),
            name text,
            description text not null default '',
            secret text not null,
            key_id uuid,
            nonce bytea,
            created_at timestamptz not null default current_timestamp,
            updated_at timestamptz not null default current_timestamp,
            constraint secrets_pkey primary key (id)
        );
        comment on table vault.secrets is 'pgphase stand-in: secrets, base64 but NOT encrypted.';
        create unique index secrets_name_idx on vault.secrets (name) where name is not null;
        revoke all on table vault.secrets from public, anon, authenticated;
    end if;

    if to_regclass('vault.decrypted_secrets') is null then
        create view vault.decrypted_secrets as
        select
            s.id,
            s.name,
            s.description,
            s.secret,
            convert_from(decode(s.secret, 'base64'), 'UTF8') as decrypted_secret,
            s.key_id,
            s.nonce,
            s.created_at,
            s.updated_at
        from vault.secrets s;
        comment on view vault.decrypted_secrets is 'pgphase stand-in: secrets in the clear.';
        revoke all on table vault.decrypted_secrets from public, anon, authenticated;
    end if;

    if not exists (
        select from pg_catalog.pg_proc p where p.pronamespace = to_regnamespace('vault') and p.proname = 'create_secret'
    ) then
        create function vault.create_secret(
            new_secret text,
            new_name text default null,
            new_description text default '',
            new_key_id uuid default null
        ) returns uuid
        language sql
        volatile
        security definer
        set search_path = ''
        as $body$
            insert into vault.secrets (secret, name, description, key_id)
            values (
                pg_catalog.encode(pg_catalog.convert_to(new_secret, 'UTF8'), 'base64'),
                new_name,
                coalesce(new_description, ''),
                new_key_id
            )
            returning id
        $body$;
        comment on function vault.create_secret(text, text, text, uuid) is
            'pgphase stand-in: stores a secret under a name that must be new; returns its id.';
        revoke execute on function vault.create_secret(text, text, text, uuid) from public, anon, authenticated;
    end if;

    if not exists (
        select from pg_catalog.pg_proc p where p.pronamespace = to_regnamespace('vault') and p.proname = 'update_secret'
    ) then
        create function vault.update_secret(
            secret_id uuid,
            new_secret text default null,
            new_name text default null,
            new_description text default null,
            new_key_id uuid default null
        ) returns void
        language sql
        volatile
        security definer
        set search_path = ''
        as $body$
            update vault.secrets s
            set secret = coalesce(pg_catalog.encode(pg_catalog.convert_to(new_secret, 'UTF8'), 'base64'), s.secret),
                name = coalesce(new_name, s.name),
                description = coalesce(new_description, s.description),
                key_id = coalesce(new_key_id, s.key_id),
                updated_at = current_timestamp
            where s.id = secret_id
        $body$;
        comment on function vault.update_secret(uuid, text, text, text, uuid) is
            'pgphase stand-in: changes a secret; what is null stays.';
        revoke execute on function vault.update_secret(uuid, text, text, text, uuid) from public, anon, authenticated;
    end if;

    if obj_description(to_regnamespace('vault'), 'pg_namespace') like 'pgphase stand-in%' then
        foreach trusted in array array['service_role', 'postgres'] loop
            continue when to_regrole(quote_ident(trusted)) is null;
            execute format('grant usage on schema vault to %I', trusted);
            execute format('grant select, delete on table vault.secrets, vault.decrypted_secrets to %I', trusted);
            execute format('grant execute on function vault.create_secret(text, text, text, uuid) to %I', trusted);
            execute format('grant execute on function vault.update_secret(uuid, text, text, text, uuid) to %I', trusted);
        end loop;
    end if;
end
$$;
