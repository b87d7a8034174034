-- Behaviour of phase 5, as the roles that use it. Two creators on the free tier, 51…01 (Ada) and 51…02 (Bob), with one
-- public and one private content item each (54…01 and 02, 54…03 and 04).

insert into auth.users (id, email) values
    ('51000000-0000-4000-8000-000000000001', 'verify-phase5-ada@example.invalid'),
    ('51000000-0000-4000-8000-000000000002', 'verify-phase5-bob@example.invalid');

insert into public.subscription (user_id, tier_id, status_id, cycle_start_date, cycle_end_date)
select u.id, t.id, s.id, now() - interval '1 day', now() + interval '1 month'
from public.users u
cross join public.subscription_tier t
cross join public.subscription_status s
where u.id in ('51000000-0000-4000-8000-000000000001', '51000000-0000-4000-8000-000000000002')
    and t.slug = 'free'
    and s.slug = 'active';

insert into public.platform_connection (id, user_id, platform_id, vault_secret_name, platform_user_id)
select v.id::uuid, v.user_id::uuid, p.id, 'verify/phase5/' || v.user_id, v.user_id
from (
    values
        ('52000000-0000-4000-8000-000000000001', '51000000-0000-4000-8000-000000000001'),
        ('52000000-0000-4000-8000-000000000002', '51000000-0000-4000-8000-000000000002')
) as v (id, user_id)
cross join public.platform p
where p.slug = 'youtube';

insert into public.social_account (id, user_id, connection_id, platform_id, status_id, account_name, follower_count)
select v.id::uuid, c.user_id, c.id, c.platform_id, s.id, v.name, 100
from (
    values
        ('53000000-0000-4000-8000-000000000001', '52000000-0000-4000-8000-000000000001', 'Ada'),
        ('53000000-0000-4000-8000-000000000002', '52000000-0000-4000-8000-000000000002', 'Bob')
) as v (id, connection_id, name)
join public.platform_connection c on c.id = v.connection_id::uuid
cross join public.account_status s
where s.slug = 'active';

insert into public.content_item
    (id, social_account_id, platform_id, content_type_id, platform_content_id, title, published_at, visibility)
select
    v.id::uuid, a.id, a.platform_id, t.id, 'verify-phase5-' || v.id, v.title, now() - interval '1 day',
    v.visibility::public.visibility_enum
from (
    values
        ('54000000-0000-4000-8000-000000000001', '53000000-0000-4000-8000-000000000001', 'Public of Ada', 'public'),
        ('54000000-0000-4000-8000-000000000002', '53000000-0000-4000-8000-000000000001', 'Private of Ada', 'private'),
        ('54000000-0000-4000-8000-000000000003', '53000000-0000-4000-8000-000000000002', 'Public of Bob', 'public'),
        ('54000000-0000-4000-8000-000000000004', '53000000-0000-4000-8000-000000000002', 'Private of Bob', 'private')
) as v (id, account_id, title, visibility)
join public.social_account a on a.id = v.account_id::uuid
cross join public.content_type t
where t.slug = 'long_video';

-- What the service writes: a connection and a submission each, and a record of use.
insert into public.seo_connection (id, user_id, search_engine_id, vault_secret_name, site_url)
select v.id::uuid, v.user_id::uuid, e.id, 'verify/phase5/seo/' || v.user_id, 'https://example.com/' || v.user_id
from (
    values
        ('55000000-0000-4000-8000-000000000001', '51000000-0000-4000-8000-000000000001'),
        ('55000000-0000-4000-8000-000000000002', '51000000-0000-4000-8000-000000000002')
) as v (id, user_id)
cross join public.search_engine e
where e.slug = 'google';

insert into public.seo_submission (id, content_item_id, connection_id, search_engine_id, submitted_url, submission_type)
select v.id::uuid, v.content_id::uuid, c.id, c.search_engine_id, c.site_url, 'url_updated'
from (
    values
        ('56000000-0000-4000-8000-000000000001', '54000000-0000-4000-8000-000000000001', '55000000-0000-4000-8000-000000000001'),
        ('56000000-0000-4000-8000-000000000002', '54000000-0000-4000-8000-000000000003', '55000000-0000-4000-8000-000000000002')
) as v (id, content_id, connection_id)
join public.seo_connection c on c.id = v.connection_id::uuid;

insert into public.seo_usage
    (user_id, search_engine_id, content_item_id, operation_type, billing_cycle_start, billing_cycle_end)
select c.user_id, c.search_engine_id, s.content_item_id, 'submit', now(), now() + interval '1 month'
from public.seo_submission s
join public.seo_connection c on c.id = s.connection_id
where s.id in ('56000000-0000-4000-8000-000000000001', '56000000-0000-4000-8000-000000000002');

-- check: the phase's four tables exist, with row level security
-- id: SV-5.T
do $$
begin
    assert (
        select count(*)
        from pg_catalog.pg_class c
        where c.oid in (
                to_regclass('public.search_engine'),
                to_regclass('public.seo_connection'),
                to_regclass('public.seo_submission'),
                to_regclass('public.seo_usage')
            )
            and c.relkind = 'r'
            and c.relrowsecurity
    ) = 4, 'a table is missing, or its row level security is off';
end $$;

-- check: four search engines; all but Google take part in IndexNow
-- id: SV-5.S
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"51000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    assert (
        select count(*) = 4 and count(*) filter (where e.supports_indexnow) = 3
            and bool_and(e.supports_indexnow = (e.slug <> 'google'))
        from public.search_engine e
        where e.slug in ('google', 'bing', 'yandex', 'indexnow')
    ), 'a search engine is missing, or differs';
end $$;

-- check: a creator sees the submissions of the own connections, and no others
-- id: SV-5.V
-- id: SV-5.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"51000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    -- The document's own query.
    assert (
        select array_agg(submitted_url || ' ' || status)
        from public.seo_submission
        where connection_id in (select id from public.seo_connection where user_id = auth.uid())
    ) = array['https://example.com/51000000-0000-4000-8000-000000000001 pending'], 'own submissions are not there';
    assert (select count(*) from public.seo_submission) = 1, 'sees another''s submissions';
    assert (select count(*) from public.seo_connection) = 1, 'sees another''s connections';
    assert (select count(*) from public.seo_usage) = 1, 'sees another''s use';
end $$;

-- check: the free tier has no submissions
-- id: SV-5.V
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"51000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    assert public.check_quota(auth.uid(), 'seo_submission') is false, 'the free tier may submit';
    begin
        perform public.increment_quota(auth.uid(), 'seo_submission', 1);
        raise exception using errcode = 'PGP01', message = 'a submission was counted';
    exception
        when raise_exception then null;
    end;
    assert (
        select s.seo_submissions_used from public.subscription s where s.user_id = auth.uid()
    ) = 0, 'a submission was counted';
end $$;

-- check: SEO metadata of public content can be read by a visitor, of private content not
-- id: SV-5.V
set local role anon;
do $$
begin
    assert (
        select c.title
        from public.content_item c
        where c.id = '54000000-0000-4000-8000-000000000001'
    ) = 'Public of Ada', 'get-seo-metadata finds nothing';
    assert not exists (
        select from public.content_item c where c.id = '54000000-0000-4000-8000-000000000002'
    ), 'private content is shown';
end $$;

-- check: the sitemap lists public content and nothing else
-- id: SV-5.V
set local role anon;
do $$
begin
    assert (
        select array_agg(c.id::text order by c.id)
        from public.content_item c
        where c.visibility = 'public'
            and c.deleted_at is null
            and c.platform_content_id like 'verify-phase5-%'
    ) = array['54000000-0000-4000-8000-000000000001', '54000000-0000-4000-8000-000000000003'], 'the sitemap is wrong';
    assert not exists (
        select from public.content_item c where c.visibility <> 'public' or c.deleted_at is not null
    ), 'a crawler sees what is not public';
end $$;

-- check: an owner switches a connection off, and deletes it
-- id: SV-5.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"51000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    v_rows bigint;
begin
    update public.seo_connection set is_active = false where user_id = auth.uid();
    get diagnostics v_rows = row_count;
    assert v_rows = 1, 'own connection cannot be switched off';
    delete from public.seo_connection where user_id = auth.uid();
    get diagnostics v_rows = row_count;
    assert v_rows = 1, 'own connection cannot be deleted';
    assert not exists (select from public.seo_submission), 'its submissions were left';
end $$;

-- check: nobody verifies a site himself, points at another's secret, or touches another's connection
-- id: SV-5.R
do $$
declare
    v_statement text;
    v_rows bigint;
begin
    foreach v_statement in array array[
        'update public.seo_connection set is_verified = true where true',
        'update public.seo_connection set site_url = ''https://example.org'' where true',
        'update public.seo_connection set vault_secret_name = ''verify/phase5/seo/other'' where true',
        'update public.seo_connection set user_id = ''51000000-0000-4000-8000-000000000002'' where true',
        'insert into public.seo_connection (user_id, search_engine_id, vault_secret_name, site_url)'
            ' select ''51000000-0000-4000-8000-000000000001'', e.id, ''x'', ''https://example.org''
              from public.search_engine e where e.slug = ''bing''',
        'insert into public.seo_submission (submitted_url) values (''https://example.org'')',
        'update public.seo_submission set status = ''indexed'' where true',
        'delete from public.seo_submission where true',
        'insert into public.seo_usage (operation_type) values (''x'')',
        'delete from public.seo_usage where true',
        'update public.search_engine set api_endpoint = ''https://example.org'' where true'
    ] loop
        begin
            set local role authenticated;
            perform set_config('request.jwt.claims', '{"sub":"51000000-0000-4000-8000-000000000001"}', true);
            execute v_statement;
            raise exception 'this went through: %', v_statement;
        exception
            when insufficient_privilege then null;
        end;
    end loop;

    set local role authenticated;
    perform set_config('request.jwt.claims', '{"sub":"51000000-0000-4000-8000-000000000001"}', true);
    update public.seo_connection set is_active = false where id = '55000000-0000-4000-8000-000000000002';
    get diagnostics v_rows = row_count;
    assert v_rows = 0, 'another''s connection was switched off';
    delete from public.seo_connection where id = '55000000-0000-4000-8000-000000000002';
    get diagnostics v_rows = row_count;
    assert v_rows = 0, 'another''s connection was deleted';
end $$;

-- check: a visitor sees nothing of the phase
-- id: SV-5.R
do $$
declare
    v_table text;
begin
    foreach v_table in array array['search_engine', 'seo_connection', 'seo_submission', 'seo_usage'] loop
        begin
            set local role anon;
            execute format('select from public.%I', v_table);
            raise exception 'a visitor may read %', v_table;
        exception
            when insufficient_privilege then null;
        end;
    end loop;
end $$;

-- check: a secret does not fit where its name belongs
-- id: SV-2.B
do $$
begin
    begin
        update public.seo_connection
        set vault_secret_name = '{"private_key": "-----BEGIN PRIVATE KEY-----"}'
        where id = '55000000-0000-4000-8000-000000000001';
        raise exception 'a key was accepted as a name';
    exception
        when check_violation then null;
    end;
    assert not exists (
        select
        from pg_catalog.pg_attribute a
        where a.attrelid in (
                'public.search_engine'::regclass, 'public.seo_connection'::regclass,
                'public.seo_submission'::regclass, 'public.seo_usage'::regclass
            )
            and a.attnum > 0
            and a.attname ~* 'token|secret|password|credential|api_key'
            and a.attname <> 'vault_secret_name'
    ), 'there is a column for secrets';
end $$;

-- check: a submission has the engine and the content of its connection's owner
-- id: SV-5.T
do $$
begin
    begin
        update public.seo_submission
        set search_engine_id = (select e.id from public.search_engine e where e.slug = 'bing')
        where id = '56000000-0000-4000-8000-000000000001';
        raise exception 'another engine was accepted';
    exception
        when check_violation then null;
    end;
    begin
        update public.seo_submission
        set content_item_id = '54000000-0000-4000-8000-000000000003'
        where id = '56000000-0000-4000-8000-000000000001';
        raise exception 'another''s content was accepted';
    exception
        when check_violation then null;
    end;
end $$;

-- check: a connection takes its secret along, unless another one names it too
-- id: SV-2.B
do $$
declare
    v_left bigint;
begin
    if to_regprocedure('vault.create_secret(text, text, text, uuid)') is null
        and to_regprocedure('vault.create_secret(text, text, text)') is null
    then
        return; -- no Vault, no secrets
    end if;
    execute 'select vault.create_secret($1, $2, $3), vault.create_secret($4, $5, $6)'
        using 'a', 'verify/phase5/seo/51000000-0000-4000-8000-000000000001', '',
            'b', 'verify/phase5/seo/51000000-0000-4000-8000-000000000002', '';
    insert into public.seo_connection (id, user_id, search_engine_id, vault_secret_name, site_url)
    select '55000000-0000-4000-8000-000000000003', c.user_id, c.search_engine_id, c.vault_secret_name, 'https://example.org'
    from public.seo_connection c
    where c.id = '55000000-0000-4000-8000-000000000001';

    set local role authenticated;
    perform set_config('request.jwt.claims', '{"sub":"51000000-0000-4000-8000-000000000001"}', true);
    delete from public.seo_connection where id = '55000000-0000-4000-8000-000000000003';
    reset role;
    execute 'select count(*) from vault.decrypted_secrets where name like ''verify/phase5/seo/%''' into v_left;
    assert v_left = 2, 'a secret that is still in use was deleted';

    -- One Google account for both: the platform's connection goes on.
    update public.platform_connection
    set vault_secret_name = 'verify/phase5/seo/51000000-0000-4000-8000-000000000001'
    where id = '52000000-0000-4000-8000-000000000001';
    delete from public.seo_connection where user_id = '51000000-0000-4000-8000-000000000001';
    execute 'select count(*) from vault.decrypted_secrets where name like ''verify/phase5/seo/%''' into v_left;
    assert v_left = 2, 'a secret that a platform connection uses was deleted';

    perform private.erase_user('51000000-0000-4000-8000-000000000001');
    execute 'select count(*) from vault.decrypted_secrets where name like ''verify/phase5/seo/%''' into v_left;
    assert v_left = 1, format('%s secrets left instead of the other user''s', v_left);
end $$;

-- check: erasing a user takes connections, submissions and use, and nothing of another
-- id: SV-8.1
do $$
declare
    v_result jsonb;
begin
    v_result := private.erase_user('51000000-0000-4000-8000-000000000001');
    assert (v_result #>> '{public.seo_connection,deleted}')::bigint = 1
        and (v_result #>> '{public.seo_submission,deleted}')::bigint = 1
        and (v_result #>> '{public.seo_usage,deleted}')::bigint = 1, v_result::text;
    assert (
        select array_agg(s.id::text)
        from public.seo_submission s
        where s.id in ('56000000-0000-4000-8000-000000000001', '56000000-0000-4000-8000-000000000002')
    ) = array['56000000-0000-4000-8000-000000000002'], 'submissions are wrong';
    assert exists (
        select from public.seo_usage where user_id = '51000000-0000-4000-8000-000000000002'
    ), 'another user has lost something';
end $$;

-- check: the phase's functions cannot be called by users
-- id: SV-5.R
do $$
begin
    assert not exists (
        select
        from (values ('private.drop_seo_secret()'), ('private.check_seo_submission()')) as f (signature)
        cross join (values ('anon'), ('authenticated')) as r (name)
        where has_function_privilege(r.name, f.signature, 'execute')
    ), 'a function is open to users';
end $$;
