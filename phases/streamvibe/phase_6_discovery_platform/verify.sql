-- Behaviour of phase 6, as the roles that use it. Two creators, 61…01 (Ada) and 61…02 (Bob), with one public and one
-- private content item each (64…01 and 02, 64…03 and 04), and an administrator, 61…03.

insert into auth.users (id, email) values
    ('61000000-0000-4000-8000-000000000001', 'verify-phase6-ada@example.invalid'),
    ('61000000-0000-4000-8000-000000000002', 'verify-phase6-bob@example.invalid');

insert into public.subscription (user_id, tier_id, status_id, cycle_start_date, cycle_end_date)
select u.id, t.id, s.id, now() - interval '1 day', now() + interval '1 month'
from public.users u
cross join public.subscription_tier t
cross join public.subscription_status s
where u.id in ('61000000-0000-4000-8000-000000000001', '61000000-0000-4000-8000-000000000002')
    and t.slug = 'free'
    and s.slug = 'active';

insert into public.platform_connection (id, user_id, platform_id, vault_secret_name, platform_user_id)
select v.id::uuid, v.user_id::uuid, p.id, 'verify/phase6/' || v.user_id, v.user_id
from (
    values
        ('62000000-0000-4000-8000-000000000001', '61000000-0000-4000-8000-000000000001'),
        ('62000000-0000-4000-8000-000000000002', '61000000-0000-4000-8000-000000000002')
) as v (id, user_id)
cross join public.platform p
where p.slug = 'youtube';

insert into public.social_account (id, user_id, connection_id, platform_id, status_id, account_name, follower_count)
select v.id::uuid, c.user_id, c.id, c.platform_id, s.id, v.name, 100
from (
    values
        ('63000000-0000-4000-8000-000000000001', '62000000-0000-4000-8000-000000000001', 'Ada'),
        ('63000000-0000-4000-8000-000000000002', '62000000-0000-4000-8000-000000000002', 'Bob')
) as v (id, connection_id, name)
join public.platform_connection c on c.id = v.connection_id::uuid
cross join public.account_status s
where s.slug = 'active';

insert into public.content_item
    (id, social_account_id, platform_id, content_type_id, platform_content_id, title, published_at, visibility)
select
    v.id::uuid, a.id, a.platform_id, t.id, 'verify-phase6-' || v.id, v.title, now() - interval '1 day',
    v.visibility::public.visibility_enum
from (
    values
        ('64000000-0000-4000-8000-000000000001', '63000000-0000-4000-8000-000000000001', 'Public of Ada', 'public'),
        ('64000000-0000-4000-8000-000000000002', '63000000-0000-4000-8000-000000000001', 'Private of Ada', 'private'),
        ('64000000-0000-4000-8000-000000000003', '63000000-0000-4000-8000-000000000002', 'Public of Bob', 'public'),
        ('64000000-0000-4000-8000-000000000004', '63000000-0000-4000-8000-000000000002', 'Private of Bob', 'private')
) as v (id, account_id, title, visibility)
join public.social_account a on a.id = v.account_id::uuid
cross join public.content_type t
where t.slug = 'long_video';

insert into auth.users (id, email) values
    ('61000000-0000-4000-8000-000000000003', 'verify-phase6-admin@example.invalid');
insert into public.user_role (user_id, role) values ('61000000-0000-4000-8000-000000000003', 'admin');

-- check: the phase's six tables exist, with row level security, and content has a category
-- id: SV-6.T
do $$
begin
    assert (
        select count(*)
        from pg_catalog.pg_class c
        where c.oid in (
                to_regclass('public.content_category'),
                to_regclass('public.content_tag'),
                to_regclass('public.content_click'),
                to_regclass('public.content_media'),
                to_regclass('public.trending_content'),
                to_regclass('public.featured_creator')
            )
            and c.relkind = 'r'
            and c.relrowsecurity
    ) = 6, 'a table is missing, or its row level security is off';
    assert exists (
        select
        from pg_catalog.pg_attribute a
        where a.attrelid = 'public.content_item'::regclass
            and a.attname = 'category_code'
            and not a.attisdropped
    ), 'content_item.category_code is missing';
end $$;

-- check: a visitor browses the fifteen categories
-- id: SV-6.S
-- id: SV-6.V
set local role anon;
do $$
begin
    assert (
        select count(*)
        from public.content_category c
        where c.code in (
            'music', 'gaming', 'education', 'lifestyle', 'comedy', 'tech', 'beauty', 'fitness', 'food', 'business',
            'art', 'entertainment', 'news', 'science', 'other'
        )
    ) = 15, 'categories are missing';
end $$;

-- check: the trend score weighs clicks, views and recency
-- id: SV-6.F
do $$
declare
    v_case record;
    v_score numeric;
begin
    for v_case in
        select *
        from (
            values
                (1000, 100000, now(), 1.0, 'everything at its full'),
                (2147483647, 2147483647, now(), 1.0, 'more than full'),
                (0, 0, now(), 0.3, 'new, unseen'),
                (500, 0, now() - interval '30 days', 0.2, 'clicks alone'),
                (0, 50000, now() - interval '1 year', 0.15, 'views alone'),
                (0, 0, now() - interval '15 days', 0.15, 'half-way through its month'),
                (0, 0, now() + interval '1 year', 0.3, 'published in the future'),
                (null, null, null, 0.0, 'nothing known'),
                (null, 100000, now() - interval '60 days', 0.3, 'clicks unknown'),
                (1000, null, now() - interval '60 days', 0.4, 'views unknown'),
                (-5, -5, now() - interval '60 days', 0.0, 'below nothing')
        ) as c (clicks, views, created_at, expected, what)
    loop
        v_score := public.calculate_trend_score(v_case.clicks, v_case.views, v_case.created_at);
        assert v_score is not null and v_score = v_case.expected,
            format('%s: %s instead of %s', v_case.what, v_score, v_case.expected);
    end loop;
end $$;

-- check: trending content comes first, for a visitor
-- id: SV-6.V
do $$
begin
    update public.content_item
    set total_clicks = 2000, views_count = 200000, published_at = now()
    where id in ('64000000-0000-4000-8000-000000000001', '64000000-0000-4000-8000-000000000002');
    update public.content_item
    set total_clicks = null, views_count = null, published_at = now()
    where id = '64000000-0000-4000-8000-000000000003';
    set local role anon;
    -- The document's own query, over these items.
    assert (
        select array_agg(t.title || ' ' || t.score)
        from (
            select title, public.calculate_trend_score(total_clicks, views_count, published_at) as score
            from public.content_item
            where platform_content_id like 'verify-phase6-%'
            order by 2 desc
            limit 10
        ) t
    ) = array['Public of Ada 1', 'Public of Bob 0.3'], 'the order or a score is wrong';
end $$;

-- check: a profile slug is made of the name
-- id: SV-6.F
-- id: SV-6.V
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    v_case record;
    v_slug text;
begin
    assert public.generate_profile_slug('Tech Gaming', auth.uid()) ~ '^tech-gaming(-[0-9]+)?$', 'Tech Gaming';
    for v_case in
        select *
        from (
            values
                ('Tech Gaming Zqxverify', 'tech-gaming-zqxverify'),
                ('  --Zqxverify!!  & Söhne (Zürich)__', 'zqxverify-sohne-zurich'),
                ('Zqxverify''s Straße Łódź', 'zqxverifys-strasse-lodz'),
                (repeat('zqxverify', 10), left(repeat('zqxverify', 10), 50)),
                (repeat('z', 49) || ' zqxverify', repeat('z', 49)),
                ('日本語 チャンネル', 'creator-61000000'),
                ('🎮🎮🎮', 'creator-61000000'),
                ('', 'creator-61000000'),
                (null, 'creator-61000000')
        ) as c (name, expected)
    loop
        v_slug := public.generate_profile_slug(v_case.name, auth.uid());
        assert v_slug = v_case.expected, format('%s gives %s instead of %s', v_case.name, v_slug, v_case.expected);
        -- What the function proposes, the profile accepts.
        update public.users set profile_slug = v_slug where id = auth.uid();
        update public.users set profile_slug = null where id = auth.uid();
    end loop;
end $$;

-- check: profile slugs are unique, and keep within 50 characters
-- id: SV-6.V
do $$
declare
    v_long constant text := repeat('zqxverify-', 5);
begin
    -- Taken, by somebody whom Ada cannot see.
    update public.users
    set profile_slug = 'zqxverify', is_public = false
    where id = '61000000-0000-4000-8000-000000000002';
    update public.users set profile_slug = 'zqxverify-1' where id = '61000000-0000-4000-8000-000000000003';
    set local role authenticated;
    perform set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
    assert public.generate_profile_slug('Zqxverify', auth.uid()) = 'zqxverify-2', 'not the next free number';
    reset role;

    update public.users
    set profile_slug = public.generate_profile_slug(v_long, id)
    where id = '61000000-0000-4000-8000-000000000002';
    assert (
        select u.profile_slug from public.users u where u.id = '61000000-0000-4000-8000-000000000002'
    ) = rtrim(v_long, '-'), 'a name of 49 characters';
    assert public.generate_profile_slug(v_long, '61000000-0000-4000-8000-000000000001')
        = rtrim(left(v_long, 48), '-') || '-1', 'suffix and name do not share the 50 characters';
end $$;

-- check: a slug that fits the name is kept
-- id: SV-6.F
do $$
begin
    update public.users set profile_slug = 'zqxverify' where id = '61000000-0000-4000-8000-000000000001';
    assert public.generate_profile_slug('Zqxverify', '61000000-0000-4000-8000-000000000001') = 'zqxverify', 'plain';
    update public.users set profile_slug = 'zqxverify-7' where id = '61000000-0000-4000-8000-000000000001';
    assert public.generate_profile_slug('Zqxverify', '61000000-0000-4000-8000-000000000001') = 'zqxverify-7', 'numbered';
    assert public.generate_profile_slug('Zqxverify Other', '61000000-0000-4000-8000-000000000001')
        = 'zqxverify-other', 'a new name';
end $$;

-- check: slugs and follower totals are for oneself
-- id: SV-6.F
do $$
declare
    v_statement text;
begin
    foreach v_statement in array array[
        'select public.generate_profile_slug(''Zqxverify'', ''61000000-0000-4000-8000-000000000002'')',
        'select public.generate_profile_slug(''Zqxverify'', null)',
        'select public.update_total_followers(''61000000-0000-4000-8000-000000000002'')',
        'select public.update_total_followers(null)',
        'select public.increment_content_clicks(''64000000-0000-4000-8000-000000000001'')',
        'update public.users set total_followers_count = 1000000 where id = ''61000000-0000-4000-8000-000000000001'''
    ] loop
        begin
            set local role authenticated;
            perform set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000001"}', true);
            execute v_statement;
            raise exception 'this went through: %', v_statement;
        exception
            when insufficient_privilege then null;
        end;
    end loop;
    foreach v_statement in array array[
        'select public.generate_profile_slug(''Zqxverify'', null)',
        'select public.update_total_followers(''61000000-0000-4000-8000-000000000001'')',
        'select public.increment_content_clicks(''64000000-0000-4000-8000-000000000001'')'
    ] loop
        begin
            set local role anon;
            execute v_statement;
            raise exception 'a visitor did: %', v_statement;
        exception
            when insufficient_privilege then null;
        end;
    end loop;
end $$;

-- check: the follower total is the sum over the accounts that are there
-- id: SV-6.F
do $$
begin
    update public.users set total_followers_count = 7 where id = '61000000-0000-4000-8000-000000000001';
    set local role authenticated;
    perform set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
    perform public.update_total_followers(auth.uid());
    assert (
        select u.total_followers_count from public.users u where u.id = auth.uid()
    ) = 100, 'not the account''s 100 followers';
    update public.social_account set deleted_at = now() where user_id = auth.uid();
    perform public.update_total_followers(auth.uid());
    assert (
        select u.total_followers_count from public.users u where u.id = auth.uid()
    ) = 0, 'a removed account counts';
    reset role;
    begin
        perform public.update_total_followers('61000000-0000-4000-8000-00000000000f');
        raise exception 'an unknown user has followers';
    exception
        when no_data_found then null;
    end;
end $$;

-- check: a click raises all three counters by one
-- id: SV-6.F
do $$
begin
    update public.content_item
    set total_clicks = 41, clicks_last_7_days = null, clicks_last_30_days = 2147483647
    where id = '64000000-0000-4000-8000-000000000001';
    set local role service_role;
    perform public.increment_content_clicks('64000000-0000-4000-8000-000000000001');
    assert (
        select (c.total_clicks, c.clicks_last_7_days, c.clicks_last_30_days) = (42, 1, 2147483647)
        from public.content_item c
        where c.id = '64000000-0000-4000-8000-000000000001'
    ), 'a counter is wrong';
    assert (
        select c.total_clicks from public.content_item c where c.id = '64000000-0000-4000-8000-000000000003'
    ) = 0, 'another item was counted';
    begin
        perform public.increment_content_clicks('64000000-0000-4000-8000-00000000000f');
        raise exception 'an unknown item was counted';
    exception
        when no_data_found then null;
    end;
end $$;

-- check: a visitor's click is recorded, without a name
-- id: SV-6.V
-- id: SV-6.R
do $$
begin
    set local role anon;
    perform set_config('request.jwt.claims', '{"role":"anon"}', true);
    perform set_config('request.headers', '{"x-forwarded-for":"203.0.113.9, 192.0.2.7","user-agent":"browser"}', true);
    insert into public.content_click (content_id, referrer)
    values ('64000000-0000-4000-8000-000000000001', 'https://example.com/');
    reset role;
    -- The address is the one that the last proxy has seen, not what the client claims before it.
    assert (
        select k.user_id is null and k.clicked_at = now() and k.ip_address = '192.0.2.7' and k.user_agent = 'browser'
        from public.content_click k
        where k.content_id = '64000000-0000-4000-8000-000000000001'
    ), 'the click is not as it should be';
end $$;

-- check: a visitor who clicks again and again counts once a minute
-- id: SV-6.R
do $$
declare
    v_headers text;
begin
    foreach v_headers in array array[
        '{"cf-connecting-ip":"192.0.2.7"}', '{"x-forwarded-for":"192.0.2.8"}', '{"x-forwarded-for":"no address"}', '', null
    ] loop
        set local role anon;
        perform set_config('request.jwt.claims', '{"role":"anon"}', true);
        perform set_config('request.headers', v_headers, true);
        insert into public.content_click (content_id)
        select '64000000-0000-4000-8000-000000000001' from generate_series(1, 50);
        insert into public.content_click (content_id) values ('64000000-0000-4000-8000-000000000001');
    end loop;
    set local role authenticated;
    perform set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000002","role":"authenticated"}', true);
    insert into public.content_click (content_id)
    select '64000000-0000-4000-8000-000000000001' from generate_series(1, 50);
    reset role;
    -- Two addresses, one unknown, one user.
    assert (
        select count(*) from public.content_click k where k.content_id = '64000000-0000-4000-8000-000000000001'
    ) = 4, 'clicks are counted as often as they are sent';

    update public.content_click
    set clicked_at = now() - interval '2 minutes'
    where content_id = '64000000-0000-4000-8000-000000000001';
    set local role anon;
    perform set_config('request.jwt.claims', '{"role":"anon"}', true);
    perform set_config('request.headers', '{"cf-connecting-ip":"192.0.2.7"}', true);
    insert into public.content_click (content_id) values ('64000000-0000-4000-8000-000000000001');
    -- The service has seen the request itself, and knows what it does.
    set local role service_role;
    insert into public.content_click (content_id, ip_address)
    values ('64000000-0000-4000-8000-000000000001', '192.0.2.7'), ('64000000-0000-4000-8000-000000000001', '192.0.2.7');
    reset role;
    assert (
        select count(*) from public.content_click k where k.content_id = '64000000-0000-4000-8000-000000000001'
    ) = 7, 'a later click, or one of the service, was dropped';
end $$;

-- check: a user's click is recorded under the own name
-- id: SV-6.R
do $$
begin
    set local role authenticated;
    perform set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000002","role":"authenticated"}', true);
    insert into public.content_click (content_id) values ('64000000-0000-4000-8000-000000000001');
    reset role;
    assert (
        select k.user_id from public.content_click k where k.content_id = '64000000-0000-4000-8000-000000000001'
    ) = '61000000-0000-4000-8000-000000000002', 'another name, or none';
end $$;

-- check: a click cannot be forged, nor be put on hidden content, nor be read
-- id: SV-6.R
do $$
declare
    v_role text;
    v_statement text;
begin
    foreach v_role in array array['anon', 'authenticated'] loop
        foreach v_statement in array array[
            'insert into public.content_click (content_id, user_id)'
                ' values (''64000000-0000-4000-8000-000000000003'', ''61000000-0000-4000-8000-000000000002'')',
            'insert into public.content_click (content_id, clicked_at)'
                ' values (''64000000-0000-4000-8000-000000000003'', now() - interval ''1 day'')',
            'insert into public.content_click (content_id, ip_address)'
                ' values (''64000000-0000-4000-8000-000000000003'', ''192.0.2.1'')',
            'insert into public.content_click (content_id, country_code)'
                ' values (''64000000-0000-4000-8000-000000000003'', ''DE'')',
            'insert into public.content_click (content_id) values (''64000000-0000-4000-8000-000000000004'')',
            'select from public.content_click',
            'update public.content_click set referrer = null where true',
            'delete from public.content_click where true'
        ] loop
            begin
                perform set_config('role', v_role, true);
                perform set_config(
                    'request.jwt.claims',
                    case v_role when 'anon' then '{"role":"anon"}' else '{"sub":"61000000-0000-4000-8000-000000000001"}' end,
                    true
                );
                execute v_statement;
                raise exception '% did: %', v_role, v_statement;
            exception
                when insufficient_privilege then null;
            end;
        end loop;
    end loop;
end $$;

-- check: tags, media and trends are as visible as their content
-- id: SV-6.R
do $$
declare
    v_table text;
    v_seen text[];
begin
    insert into public.content_tag (content_id, tag, source)
    select c.id, 'zqxverify', 'ai_generated' from public.content_item c where c.platform_content_id like 'verify-phase6-%';
    insert into public.content_media (content_id, media_url, media_type)
    select c.id, 'https://example.com/', 'image' from public.content_item c where c.platform_content_id like 'verify-phase6-%';
    insert into public.trending_content (content_id, trend_score, trend_category, rank_position)
    select c.id, 0.5, 'today', 1 from public.content_item c where c.platform_content_id like 'verify-phase6-%';
    foreach v_table in array array['content_tag', 'content_media', 'trending_content'] loop
        perform set_config('role', 'anon', true);
        perform set_config('request.jwt.claims', '{"role":"anon"}', true);
        execute format(
            'select array_agg(right(t.content_id::text, 1) order by t.content_id) from public.%I t where t.content_id::text like ''64000000-%%''',
            v_table
        ) into v_seen;
        assert v_seen = array['1', '3'], format('a visitor sees %s of %s', v_seen, v_table);
        perform set_config('role', 'authenticated', true);
        perform set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000001"}', true);
        execute format(
            'select array_agg(right(t.content_id::text, 1) order by t.content_id) from public.%I t where t.content_id::text like ''64000000-%%''',
            v_table
        ) into v_seen;
        assert v_seen = array['1', '2', '3'], format('a creator sees %s of %s', v_seen, v_table);
    end loop;
end $$;

-- check: a creator tags the own content, as himself
-- id: SV-6.R
do $$
declare
    v_statement text;
    v_rows bigint;
begin
    insert into public.content_tag (content_id, tag, source)
    values ('64000000-0000-4000-8000-000000000003', 'zqxverify', 'ai_generated');
    set local role authenticated;
    perform set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
    insert into public.content_tag (content_id, tag, source, tag_type)
    values ('64000000-0000-4000-8000-000000000001', 'zqxverify', 'user_added', 'keyword');
    assert (
        select t.created_by = auth.uid()
        from public.content_tag t
        where t.content_id = '64000000-0000-4000-8000-000000000001'
    ), 'not under the own name';
    foreach v_statement in array array[
        'insert into public.content_tag (content_id, tag, source)'
            ' values (''64000000-0000-4000-8000-000000000001'', ''x'', ''ai_generated'')',
        'insert into public.content_tag (content_id, tag, source)'
            ' values (''64000000-0000-4000-8000-000000000003'', ''x'', ''user_added'')',
        'insert into public.content_tag (content_id, tag, source, created_by)'
            ' values (''64000000-0000-4000-8000-000000000001'', ''x'', ''user_added'', ''61000000-0000-4000-8000-000000000002'')',
        'update public.content_tag set tag = ''x'' where true',
        'insert into public.content_media (content_id, media_url, media_type)'
            ' values (''64000000-0000-4000-8000-000000000001'', ''https://example.com/'', ''image'')'
    ] loop
        begin
            execute v_statement;
            raise exception 'this went through: %', v_statement;
        exception
            when insufficient_privilege then null;
        end;
    end loop;
    delete from public.content_tag where tag = 'zqxverify';
    get diagnostics v_rows = row_count;
    assert v_rows = 1, 'deletes another number of tags than the own content''s one';
end $$;

-- check: only what the lists allow is stored
-- id: SV-6.T
do $$
declare
    v_statement text;
begin
    foreach v_statement in array array[
        'insert into public.content_tag (content_id, tag, source) values (''64000000-0000-4000-8000-000000000001'', ''x'', ''guessed'')',
        'insert into public.content_tag (content_id, tag, source) values (''64000000-0000-4000-8000-000000000001'', '' '', ''user_added'')',
        'insert into public.content_tag (content_id, tag, source, tag_type) values (''64000000-0000-4000-8000-000000000001'', ''x'', ''user_added'', ''x'')',
        'insert into public.content_media (content_id, media_url, media_type) values (''64000000-0000-4000-8000-000000000001'', ''https://example.com/'', ''text'')',
        'insert into public.content_media (content_id, media_url, media_type) values (''64000000-0000-4000-8000-000000000001'', ''javascript:alert(1)'', ''image'')',
        'insert into public.trending_content (content_id, trend_score, trend_category) values (''64000000-0000-4000-8000-000000000001'', 1, ''year'')'
    ] loop
        begin
            execute v_statement;
            raise exception 'this went through: %', v_statement;
        exception
            when check_violation then null;
        end;
    end loop;
    insert into public.content_tag (content_id, tag, source) values ('64000000-0000-4000-8000-000000000001', 'x', 'user_added');
    begin
        insert into public.content_tag (content_id, tag, source) values ('64000000-0000-4000-8000-000000000001', 'x', 'user_added');
        raise exception 'a tag was accepted twice';
    exception
        when unique_violation then null;
    end;
end $$;

-- check: trends and featured creators are an administrator's to manage
-- id: SV-6.R
do $$
declare
    v_statement text;
    v_rows bigint;
begin
    set local role authenticated;
    perform set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000003","role":"authenticated"}', true);
    insert into public.trending_content (content_id, trend_score, trend_category, rank_position)
    values ('64000000-0000-4000-8000-000000000001', 0.9, 'week', 1);
    insert into public.featured_creator (user_id, featured_reason, featured_until)
    values ('61000000-0000-4000-8000-000000000001', 'Verify', now() + interval '1 day');
    assert (
        select f.created_by = auth.uid()
        from public.featured_creator f
        where f.user_id = '61000000-0000-4000-8000-000000000001'
    ), 'not under the own name';

    -- Ada is no administrator, however much she would like to trend.
    perform set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
    assert exists (
        select from public.featured_creator where user_id = auth.uid()
    ), 'a featured creator is not shown';
    foreach v_statement in array array[
        'insert into public.trending_content (content_id, trend_score, trend_category) values (''64000000-0000-4000-8000-000000000001'', 1, ''today'')',
        'insert into public.featured_creator (user_id) values (''61000000-0000-4000-8000-000000000001'')'
    ] loop
        begin
            execute v_statement;
            raise exception 'this went through: %', v_statement;
        exception
            when insufficient_privilege then null;
        end;
    end loop;
    update public.trending_content set trend_score = 1 where content_id = '64000000-0000-4000-8000-000000000001';
    get diagnostics v_rows = row_count;
    assert v_rows = 0, 'a user changed a trend';
    delete from public.featured_creator where user_id = auth.uid();
    get diagnostics v_rows = row_count;
    assert v_rows = 0, 'a user changed who is featured';

    perform set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000003","role":"authenticated"}', true);
    update public.trending_content set trend_score = 1 where content_id = '64000000-0000-4000-8000-000000000001';
    get diagnostics v_rows = row_count;
    assert v_rows = 1, 'an administrator cannot change a trend';
    delete from public.featured_creator where user_id = '61000000-0000-4000-8000-000000000001';
    get diagnostics v_rows = row_count;
    assert v_rows = 1, 'an administrator cannot take a creator off';
end $$;

-- check: a featured creator whose profile is private is not shown
-- id: SV-6.R
do $$
begin
    insert into public.featured_creator (user_id)
    values ('61000000-0000-4000-8000-000000000001'), ('61000000-0000-4000-8000-000000000002');
    update public.users set is_public = false where id = '61000000-0000-4000-8000-000000000002';
    set local role anon;
    assert (
        select array_agg(f.user_id::text)
        from public.featured_creator f
        where f.user_id::text like '61000000-%'
    ) = array['61000000-0000-4000-8000-000000000001'], 'shows another than the public profile';
end $$;

-- check: a creator chooses the category, and the choice is kept in the history
-- id: SV-6.T
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"61000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    update public.content_item set category_code = 'gaming' where id = '64000000-0000-4000-8000-000000000001';
    assert (
        select r.new_value = 'gaming' and r.field_name = 'category_code' and r.user_id = auth.uid()
        from public.content_revision r
        where r.content_item_id = '64000000-0000-4000-8000-000000000001'
    ), 'no history of the category';
    begin
        update public.content_item set category_code = 'nosuch' where id = '64000000-0000-4000-8000-000000000001';
        raise exception 'an unknown category was accepted';
    exception
        when foreign_key_violation then null;
    end;
end $$;

-- check: erasing a user keeps the clicks as figures, and no name or address
-- id: SV-8.1
do $$
declare
    v_result jsonb;
    v_key record;
    v_left bigint;
begin
    -- Ada clicked and tagged Bob's content, featured him, and was featured herself; Bob clicked Ada's.
    insert into public.content_click (content_id, user_id, referrer, user_agent, ip_address, country_code, city)
    values
        ('64000000-0000-4000-8000-000000000003', '61000000-0000-4000-8000-000000000001', 'https://example.com/', 'browser', '192.0.2.1', 'DE', 'Ulm'),
        ('64000000-0000-4000-8000-000000000003', '61000000-0000-4000-8000-000000000002', 'https://example.com/', 'browser', '192.0.2.2', 'DE', 'Ulm'),
        ('64000000-0000-4000-8000-000000000001', '61000000-0000-4000-8000-000000000002', null, 'browser', '192.0.2.2', 'DE', 'Ulm');
    insert into public.content_tag (content_id, tag, source, created_by)
    values
        ('64000000-0000-4000-8000-000000000003', 'zqxverify', 'user_added', '61000000-0000-4000-8000-000000000001'),
        ('64000000-0000-4000-8000-000000000001', 'zqxverify', 'user_added', '61000000-0000-4000-8000-000000000002');
    insert into public.featured_creator (user_id, created_by)
    values
        ('61000000-0000-4000-8000-000000000002', '61000000-0000-4000-8000-000000000001'),
        ('61000000-0000-4000-8000-000000000001', '61000000-0000-4000-8000-000000000003');
    insert into public.content_media (content_id, media_url, media_type)
    values ('64000000-0000-4000-8000-000000000001', 'https://example.com/', 'image');
    insert into public.trending_content (content_id, trend_score, trend_category)
    values ('64000000-0000-4000-8000-000000000001', 1, 'today');

    v_result := private.erase_user('61000000-0000-4000-8000-000000000001');
    assert v_result -> 'public.content_click' = '{"deleted": 1, "detached": 1}'
        and v_result -> 'public.content_tag' = '{"deleted": 1, "detached": 1}'
        and v_result -> 'public.featured_creator' = '{"deleted": 1, "detached": 1}'
        and v_result -> 'public.content_media' = '{"deleted": 1}'
        and v_result -> 'public.trending_content' = '{"deleted": 1}', v_result::text;

    assert (
        select count(*) filter (
                where k.user_id is null and k.ip_address is null and k.user_agent is null and k.referrer is null
                    and k.city is null and k.country_code = 'DE'
            ) = 1
            and count(*) filter (
                where k.user_id = '61000000-0000-4000-8000-000000000002' and k.ip_address = '192.0.2.2'
            ) = 1
        from public.content_click k
        where k.content_id = '64000000-0000-4000-8000-000000000003'
    ), 'the clicks are not as they should be';
    assert (
        select t.created_by is null from public.content_tag t where t.content_id = '64000000-0000-4000-8000-000000000003'
    ), 'the tag is gone, or still names the user';

    -- Whichever phases are here: nothing refers to the user any more.
    for v_key in
        select k.conrelid::regclass as relation, a.attname as name
        from pg_catalog.pg_constraint k
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
        where k.contype = 'f'
            and k.confrelid in ('public.users'::regclass, 'auth.users'::regclass)
    loop
        execute format('select count(*) from %s where %I = $1', v_key.relation, v_key.name)
            into v_left
            using '61000000-0000-4000-8000-000000000001'::uuid;
        assert v_left = 0, format('%s rows of %s still refer to the user', v_left, v_key.relation);
    end loop;
end $$;

-- check: the phase's functions are open to whom they are meant for
-- id: SV-6.F
do $$
begin
    assert not exists (
        select
        from (
            values
                ('public.generate_profile_slug(text, uuid)', false, true, true),
                ('public.update_total_followers(uuid)', false, true, true),
                ('public.increment_content_clicks(uuid)', false, false, true),
                ('public.calculate_trend_score(integer, integer, timestamptz)', true, true, true),
                ('private.slugify(text)', false, false, false),
                ('private.request_address()', false, false, false),
                ('private.stamp_click()', false, false, false),
                ('private.pseudonymise_click()', false, false, false)
        ) as f (signature, anon, authenticated, service_role)
        where has_function_privilege('anon', f.signature, 'execute') <> f.anon
            or has_function_privilege('authenticated', f.signature, 'execute') <> f.authenticated
            or has_function_privilege('service_role', f.signature, 'execute') <> f.service_role
    ), 'a function is open to somebody else, or not to whom it should be';
end $$;
