-- Functions of phase 5, all of them private.

create or replace function private.drop_seo_secret()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer -- users may not write to Vault, but a connection that goes takes its secret with it
set search_path = ''
as $$
begin
    -- A name that another connection has too, to a search engine or to a platform, is still in use. Dynamic, since a server without Vault is fine.
    if to_regclass('vault.secrets') is not null
        and not exists (
            select
            from public.seo_connection c
            where c.vault_secret_name = old.vault_secret_name
        )
        and not exists (
            select
            from public.platform_connection c
            where c.vault_secret_name = old.vault_secret_name
        )
    then
        execute 'delete from vault.secrets where name = $1' using old.vault_secret_name;
    end if;
    return null;
end
$$;

comment on function private.drop_seo_secret() is
    'Trigger of seo_connection: credentials are deleted with the last connection that names them.';

create or replace function private.check_seo_submission()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer -- sees connection and content, whoever writes
set search_path = ''
as $$
begin
    if exists (
        select
        from public.seo_connection c
        where c.id = new.connection_id
            and c.search_engine_id <> new.search_engine_id
    ) then
        raise exception 'submission has another search engine than its connection' using errcode = 'check_violation';
    end if;
    if exists (
        select
        from public.seo_connection c
        cross join public.content_item i
        join public.social_account a on a.id = i.social_account_id
        where c.id = new.connection_id
            and i.id = new.content_item_id
            and a.user_id <> c.user_id
    ) then
        raise exception 'submission of content that is not the connection owner''s' using errcode = 'check_violation';
    end if;
    return new;
end
$$;

comment on function private.check_seo_submission() is
    'Trigger of seo_submission: engine and content are those of the connection and its user.';

-- Who may execute what -----------------------------------------------------------------------------------------

revoke execute on function private.drop_seo_secret(), private.check_seo_submission()
    from public, anon, authenticated, service_role;
