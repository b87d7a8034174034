-- Functions of phase 3: what guards content, what keeps its history, and the erasure of a user.

create or replace function public.prevent_account_deletion_with_content()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer -- sees all content of the account, whoever deletes it
set search_path = ''
as $$
declare
    v_live bigint;
    v_removed bigint;
begin
    select
        count(*) filter (where c.deleted_at is null),
        count(*) filter (where c.deleted_at is not null)
    into v_live, v_removed
    from public.content_item c
    where c.social_account_id = old.id;

    if v_live + v_removed > 0 then
        raise exception 'Cannot delete social account with existing content'
            using
                errcode = 'foreign_key_violation',
                detail = format('Account %s has %s live and %s removed content items.', old.id, v_live, v_removed),
                hint = 'Set the account''s deleted_at to hide it with its content, or delete the content first; '
                    || 'private.erase_user() erases a user as a whole.';
    end if;
    return old;
end
$$;

comment on function public.prevent_account_deletion_with_content() is
    'Trigger of social_account: an account goes only after its content, content that is merely marked as deleted included.';

create or replace function private.check_content_platform()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer -- sees the account, whoever writes
set search_path = ''
as $$
begin
    if exists (
        select
        from public.social_account a
        where a.id = new.social_account_id
            and a.platform_id <> new.platform_id
    ) then
        raise exception 'content has another platform than its social account'
            using errcode = 'check_violation';
    end if;
    return new;
end
$$;

comment on function private.check_content_platform() is
    'Trigger of content_item: platform_id is that of the account. An account that does not exist is left to the foreign key.';

create or replace function private.record_content_revision()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer -- users may read the history, not write it
set search_path = ''
as $$
declare
    v_old constant jsonb := to_jsonb(old);
    v_new constant jsonb := to_jsonb(new);
begin
    insert into public.content_revision (content_item_id, user_id, field_name, old_value, new_value, change_source)
    select
        new.id,
        (select u.id from public.users u where u.id = auth.uid()),
        f.field_name,
        v_old ->> f.field_name,
        v_new ->> f.field_name,
        case when private.is_service() then 'service' else 'user' end
    from unnest(tg_argv) as f (field_name)
    where v_old -> f.field_name is distinct from v_new -> f.field_name;
    return null;
end
$$;

comment on function private.record_content_revision() is
    'Trigger of content_item: one row of history for each of the columns named in its arguments that changed.';

-- Erasure ------------------------------------------------------------------------------------------------------

create or replace function private.erasure_preview(p_user_id uuid)
returns table (table_name text, rows_deleted bigint, rows_detached bigint)
language plpgsql
stable
parallel restricted
set search_path = ''
as $$
declare
    v_table record;
begin
    -- Follows the foreign keys from the user on, over the tables of whichever phases are there. Content is the one
    -- thing that no foreign key takes away; erase_user() deletes it itself.
    for v_table in
        with recursive reached (relation, condition, is_deleted, depth) as (
            select 'public.users'::regclass::oid, format('id = %L', p_user_id) collate "default", true, 0
            union all
            select
                k.conrelid,
                format('(%s) in (select %s from %s where %s)', cols.child, cols.parent, r.relation::regclass, r.condition)
                    collate "default",
                k.confdeltype <> 'n',
                r.depth + 1
            from reached r
            join pg_catalog.pg_constraint k on k.confrelid = r.relation and k.contype = 'f'
            cross join lateral (
                select
                    string_agg(quote_ident(child.attname), ', ' order by key.ord) as child,
                    string_agg(quote_ident(parent.attname), ', ' order by key.ord) as parent
                from unnest(k.conkey, k.confkey) with ordinality as key (child, parent, ord)
                join pg_catalog.pg_attribute child on child.attrelid = k.conrelid and child.attnum = key.child
                join pg_catalog.pg_attribute parent on parent.attrelid = k.confrelid and parent.attnum = key.parent
            ) cols
            where r.is_deleted
                and r.depth < 8
                and k.conrelid <> k.confrelid
                and (k.confdeltype in ('c', 'n') or k.conrelid = 'public.content_item'::regclass)
        )
        select
            r.relation::regclass::text as name,
            coalesce(string_agg(r.condition, ' or ') filter (where r.is_deleted), 'false') as deleted,
            coalesce(string_agg(r.condition, ' or ') filter (where not r.is_deleted), 'false') as detached
        from reached r
        group by r.relation
        order by 1
    loop
        execute format(
            'select count(*) filter (where d.deleted), count(*) filter (where d.detached and not d.deleted)'
            ' from (select (%s) as deleted, (%s) as detached from %s where (%1$s) or (%2$s)) d',
            v_table.deleted, v_table.detached, v_table.name
        )
        into rows_deleted, rows_detached;
        table_name := v_table.name;
        if rows_deleted > 0 or rows_detached > 0 then
            return next;
        end if;
    end loop;
end
$$;

comment on function private.erasure_preview(uuid) is
    'What erase_user() would do, by table: rows deleted, and rows that stay without a link to the user. Changes nothing.';

create or replace function private.drop_vault_secrets(p_names text[])
returns bigint
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
declare
    v_count bigint := 0;
begin
    -- Dynamic, since a server without Vault is fine as long as nobody has stored a secret.
    if to_regclass('vault.secrets') is not null and cardinality(p_names) > 0 then
        execute 'delete from vault.secrets where name = any ($1)' using p_names;
        get diagnostics v_count = row_count;
    end if;
    return v_count;
end
$$;

comment on function private.drop_vault_secrets(text[]) is 'Deletes secrets by name; how many there were.';

create or replace function private.ids_of_user(p_user_id uuid)
returns uuid[]
language sql
stable
parallel restricted
set search_path = ''
as $$
    select array_agg(o.id)
    from (
        select p_user_id
        union all
        select s.id from public.subscription s where s.user_id = p_user_id
        union all
        select n.id from public.notification n where n.user_id = p_user_id
        union all
        select p.id from public.platform_connection p where p.user_id = p_user_id
        union all
        select a.id from public.social_account a where a.user_id = p_user_id
        union all
        select c.id
        from public.content_item c
        join public.social_account a on a.id = c.social_account_id
        where a.user_id = p_user_id
    ) as o (id);
$$;

comment on function private.ids_of_user(uuid) is 'The user''s id and those of the things that an audit entry about the user may name.';

create or replace function private.pseudonymise_audit_log(p_user_id uuid, p_ids uuid[])
returns bigint
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
declare
    v_count bigint;
begin
    update public.audit_log l
    set user_id = nullif(l.user_id, p_user_id),
        entity_id = null,
        old_values = null,
        new_values = null,
        ip_address = case when l.user_id is distinct from p_user_id then l.ip_address end,
        user_agent = case when l.user_id is distinct from p_user_id then l.user_agent end
    where l.user_id = p_user_id
        or l.entity_id = any (p_ids);
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

comment on function private.pseudonymise_audit_log(uuid, uuid[]) is
    'What was done by the user, or to one of these things, stays on record without who it was, from where, and the '
    'values; how many entries changed.';

create or replace function private.erase_user(p_user_id uuid)
returns jsonb
language plpgsql
volatile
parallel unsafe
security definer -- auth.users and vault are not the service's to write
set search_path = ''
as $$
declare
    v_result jsonb;
    v_ids uuid[];
    v_secrets text[];
    v_secrets_dropped bigint;
    v_audit bigint;
    v_cache bigint;
begin
    if not private.is_service() then
        raise exception 'only the service may erase a user' using errcode = 'insufficient_privilege';
    end if;

    -- Both locks are held until the end: nobody adds an account, or content to an account, in the meantime.
    perform from auth.users u where u.id = p_user_id for update;
    if not found then
        raise exception 'user % does not exist', p_user_id using errcode = 'no_data_found';
    end if;
    perform from public.social_account a where a.user_id = p_user_id for update;

    select coalesce(
        jsonb_object_agg(
            p.table_name,
            jsonb_strip_nulls(jsonb_build_object('deleted', nullif(p.rows_deleted, 0), 'detached', nullif(p.rows_detached, 0)))
        ),
        '{}'
    )
    into v_result
    from private.erasure_preview(p_user_id) p;

    -- A name that another user's connection has too is not this user's to delete.
    select array_agg(mine.vault_secret_name)
    into v_secrets
    from public.platform_connection mine
    where mine.user_id = p_user_id
        and not exists (
            select
            from public.platform_connection other
            where other.vault_secret_name = mine.vault_secret_name
                and other.user_id <> p_user_id
        );

    v_ids := private.ids_of_user(p_user_id);
    v_audit := private.pseudonymise_audit_log(p_user_id, v_ids);

    delete from public.cache_store s
    where strpos(s.key, p_user_id::text) > 0
        or exists (
            select
            from public.subscription b
            where b.user_id = p_user_id
                and b.stripe_customer_id <> ''
                and strpos(s.key, b.stripe_customer_id) > 0
        );
    get diagnostics v_cache = row_count;

    -- Content first: the accounts refuse to go while they have any. Everything else hangs on foreign keys.
    delete from public.content_item c
    using public.social_account a
    where a.id = c.social_account_id
        and a.user_id = p_user_id;
    delete from auth.users u where u.id = p_user_id;

    -- Once more: what triggers have logged about the deletions themselves.
    v_audit := v_audit + private.pseudonymise_audit_log(p_user_id, v_ids);
    v_secrets_dropped := private.drop_vault_secrets(v_secrets);

    v_result := v_result || jsonb_build_object(
        'auth.users', jsonb_build_object('deleted', 1),
        'public.audit_log', jsonb_build_object('detached', v_audit),
        'public.cache_store', jsonb_build_object('deleted', v_cache),
        'vault.secrets', jsonb_build_object('deleted', v_secrets_dropped)
    );

    -- That an erasure took place can be shown; whose it was cannot.
    insert into public.audit_log (action, entity_type, new_values)
    values ('user.erased', 'users', v_result);
    return v_result;
end
$$;

comment on function private.erase_user(uuid) is
    'Erases a user (GDPR): content, accounts, connections with their secrets, the sign-in account, and everything that '
    'hangs on them. What must stay (audit log, clicks) loses its link to the person. All or nothing; returns, by table, '
    'rows deleted and rows detached. An unknown user is an error.';

-- Who may execute what -----------------------------------------------------------------------------------------

revoke execute on function
    public.prevent_account_deletion_with_content(),
    private.check_content_platform(),
    private.record_content_revision(),
    private.erasure_preview(uuid),
    private.drop_vault_secrets(text[]),
    private.ids_of_user(uuid),
    private.pseudonymise_audit_log(uuid, uuid[]),
    private.erase_user(uuid)
from public, anon, authenticated, service_role;

grant execute on function
    private.erasure_preview(uuid),
    private.erase_user(uuid)
to service_role;
