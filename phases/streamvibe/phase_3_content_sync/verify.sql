-- Behaviour of phase 3, as the roles that use it. Two creators: 31…01 (Ada) and 31…02 (Bob), each with an account.

insert into auth.users (id, email) values
    ('31000000-0000-4000-8000-000000000001', 'verify-phase3-ada@example.invalid'),
    ('31000000-0000-4000-8000-000000000002', 'verify-phase3-bob@example.invalid');

insert into public.subscription (user_id, tier_id, status_id, cycle_start_date, cycle_end_date)
select u.id, t.id, s.id, now(), now() + interval '1 month'
from public.users u
cross join public.subscription_tier t
cross join public.subscription_status s
where u.id in ('31000000-0000-4000-8000-000000000001', '31000000-0000-4000-8000-000000000002')
    and t.slug = 'premium'
    and s.slug = 'active';

insert into public.platform_connection (id, user_id, platform_id, vault_secret_name, platform_user_id)
select v.id::uuid, v.user_id::uuid, p.id, 'verify/phase3/' || v.user_id, v.user_id
from (
    values
        ('32000000-0000-4000-8000-000000000001', '31000000-0000-4000-8000-000000000001'),
        ('32000000-0000-4000-8000-000000000002', '31000000-0000-4000-8000-000000000002')
) as v (id, user_id)
cross join public.platform p
where p.slug = 'youtube';

insert into public.social_account (id, user_id, connection_id, platform_id, status_id, account_name)
select v.id::uuid, c.user_id, c.id, c.platform_id, s.id, v.name
from (
    values
        ('33000000-0000-4000-8000-000000000001', '32000000-0000-4000-8000-000000000001', 'Ada'),
        ('33000000-0000-4000-8000-000000000002', '32000000-0000-4000-8000-000000000002', 'Bob')
) as v (id, connection_id, name)
join public.platform_connection c on c.id = v.connection_id::uuid
cross join public.account_status s
where s.slug = 'active';

-- Ada has content of each visibility and one removed item; Bob has one public item.
insert into public.content_item (
    id, social_account_id, platform_id, content_type_id, platform_content_id, title, description, tags,
    published_at, visibility, deleted_at, updated_at
)
select
    v.id::uuid, a.id, a.platform_id, t.id, 'verify-phase3-' || v.id, v.title, v.description, v.tags,
    now() - interval '1 day', v.visibility::public.visibility_enum, v.deleted_at, now() - interval '1 hour'
from (
    values
        ('34000000-0000-4000-8000-000000000001', '33000000-0000-4000-8000-000000000001', 'Gaming zqxverify night', 'Nothing else.', array['stream'], 'public', null),
        ('34000000-0000-4000-8000-000000000002', '33000000-0000-4000-8000-000000000001', 'Private zqxverify gaming', null, null, 'private', null),
        ('34000000-0000-4000-8000-000000000003', '33000000-0000-4000-8000-000000000001', 'Unlisted zqxverify gaming', null, null, 'unlisted', null),
        ('34000000-0000-4000-8000-000000000004', '33000000-0000-4000-8000-000000000001', 'Removed zqxverify gaming', null, null, 'public', now()),
        ('34000000-0000-4000-8000-000000000005', '33000000-0000-4000-8000-000000000002', 'Cooking zqxverify', 'Not about sports.', array['zqxonlytag', 'vlogs'], 'public', null)
) as v (id, account_id, title, description, tags, visibility, deleted_at)
join public.social_account a on a.id = v.account_id::uuid
cross join public.content_type t
where t.slug = 'long_video';

-- check: the phase's three tables exist, with row level security
-- id: SV-3.T
do $$
begin
    assert (
        select count(*)
        from pg_catalog.pg_class c
        where c.oid in (
                to_regclass('public.content_type'),
                to_regclass('public.content_item'),
                to_regclass('public.content_revision')
            )
            and c.relkind = 'r'
            and c.relrowsecurity
    ) = 3, 'a table is missing, or its row level security is off';
end $$;

-- check: the seven content types can be read by a visitor
-- id: SV-3.S
set local role anon;
do $$
begin
    assert (
        select count(*)
        from public.content_type t
        where t.slug in ('long_video', 'short_video', 'image', 'carousel', 'story', 'reel', 'post')
    ) = 7, 'content types are missing';
end $$;

-- check: a creator lists the content of the own accounts, newest first
-- id: SV-3.V
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"31000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    v_found bigint;
begin
    -- The document's own query.
    select count(*)
    into v_found
    from (
        select *
        from public.content_item
        where social_account_id in (select id from public.social_account where user_id = auth.uid())
        order by published_at desc
        limit 5
    ) latest;
    assert v_found = 4, format('sees %s of 4 items: own private, unlisted and removed content is the owner''s to see', v_found);
end $$;

-- check: full-text search returns rows
-- id: SV-3.V
-- id: SV-3.X
do $$
declare
    v_role text;
    v_found bigint;
begin
    foreach v_role in array array['anon', 'authenticated'] loop
        perform set_config('role', v_role, true);
        perform set_config(
            'request.jwt.claims',
            case v_role when 'anon' then '{"role":"anon"}'
                else '{"sub":"31000000-0000-4000-8000-000000000002","role":"authenticated"}'
            end,
            true
        );
        select count(*)
        into v_found
        from public.content_item
        where search_vector @@ plainto_tsquery('english', 'gaming zqxverify');
        assert v_found = 1, format('%s finds %s items instead of the one public item about gaming', v_role, v_found);
        assert exists (
            select
            from public.content_item
            where search_vector @@ plainto_tsquery('english', 'zqxonlytag')
        ), v_role || ' finds nothing by tag';
        perform set_config('role', 'none', true);
    end loop;
end $$;

-- check: a word in the title weighs more than in the description, and that more than in the tags
-- id: SV-3.X
do $$
declare
    v_vector tsvector;
begin
    update public.content_item
    set title = 'alpha', description = 'beta', tags = array['gamma ray', 'deltas']
    where id = '34000000-0000-4000-8000-000000000001';
    select search_vector into v_vector from public.content_item where id = '34000000-0000-4000-8000-000000000001';
    assert v_vector @@ 'alpha:a & beta:b & gamma:c & delta:c'::tsquery, 'the search vector is ' || v_vector::text;
    assert not v_vector @@ 'alpha:bcd | beta:acd | gamma:abd'::tsquery, 'the search vector is ' || v_vector::text;
end $$;

-- check: texts of any length can be stored and searched
-- id: SV-3.X
do $$
begin
    update public.content_item
    set description = (select string_agg(md5(g::text), ' ') from generate_series(1, 60000) g),
        title = repeat('long title ', 20000)
    where id = '34000000-0000-4000-8000-000000000001';
    assert (
        select length(c.description) > 1900000 and c.search_vector @@ to_tsquery('english', md5('7'))
        from public.content_item c
        where c.id = '34000000-0000-4000-8000-000000000001'
    ), 'a long text is cut, or not searched';
end $$;

-- check: the feed and the search use their indexes under row level security
-- id: SV-0.4
do $$
declare
    v_plan json;
begin
    set local enable_seqscan = off;
    set local role anon;
    execute 'explain (format json) select id from public.content_item order by published_at desc limit 20' into v_plan;
    assert v_plan::text like '%idx_content_item_published%', 'a visitor''s feed reads all content: ' || v_plan::text;

    -- Row level security keeps any query with @@ from using the index: search-content runs as the service.
    set local role service_role;
    execute 'explain (format json) select id from public.content_item'
        || ' where search_vector @@ plainto_tsquery(''english'', ''gaming'')' into v_plan;
    assert v_plan::text like '%idx_content_item_search%', 'the search reads all content: ' || v_plan::text;
end $$;

-- check: the same platform item is rejected a second time
-- id: SV-3.V
do $$
begin
    begin
        insert into public.content_item (social_account_id, platform_id, content_type_id, platform_content_id, published_at)
        select c.social_account_id, c.platform_id, c.content_type_id, c.platform_content_id, now()
        from public.content_item c
        where c.id = '34000000-0000-4000-8000-000000000001';
        raise exception 'a duplicate was accepted';
    exception
        when unique_violation then null;
    end;
end $$;

-- check: a second sync updates the row, and follows content that has moved to another account
-- id: SV-3.V
do $$
begin
    set local role service_role;
    -- What sync-youtube does.
    insert into public.content_item (social_account_id, platform_id, content_type_id, platform_content_id, title, published_at)
    select '33000000-0000-4000-8000-000000000002', c.platform_id, c.content_type_id, c.platform_content_id, 'As synced', now()
    from public.content_item c
    where c.id = '34000000-0000-4000-8000-000000000001'
    on conflict (platform_id, platform_content_id) do update
    set social_account_id = excluded.social_account_id,
        title = excluded.title;
    assert (
        select c.title = 'As synced' and c.social_account_id = '33000000-0000-4000-8000-000000000002'
        from public.content_item c
        where c.id = '34000000-0000-4000-8000-000000000001'
    ), 'the sync did not update the existing row';
end $$;

-- check: an account with content cannot be deleted by its owner
-- id: SV-3.F
-- id: SV-3.V
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"31000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    begin
        delete from public.social_account where user_id = auth.uid();
        raise exception 'the account was deleted';
    exception
        when foreign_key_violation then
            assert sqlerrm like 'Cannot delete social account with existing content%', sqlerrm;
    end;
end $$;

-- check: removed content protects its account too, until it is deleted for good
-- id: SV-3.F
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"31000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    update public.content_item set deleted_at = now() where social_account_id = '33000000-0000-4000-8000-000000000001';
    begin
        delete from public.social_account where id = '33000000-0000-4000-8000-000000000001';
        raise exception 'the account was deleted';
    exception
        when foreign_key_violation then
            assert sqlerrm like 'Cannot delete social account with existing content%', sqlerrm;
    end;

    delete from public.content_item where social_account_id = '33000000-0000-4000-8000-000000000001';
    delete from public.social_account where id = '33000000-0000-4000-8000-000000000001';
    assert not exists (
        select from public.social_account where id = '33000000-0000-4000-8000-000000000001'
    ), 'an account without content cannot be deleted';
end $$;

-- check: content survives a disconnect or the deletion of the sign-in account
-- id: SV-3.F
do $$
begin
    begin
        delete from public.platform_connection where id = '32000000-0000-4000-8000-000000000001';
        raise exception 'content went along with its connection';
    exception
        when foreign_key_violation then
            assert sqlerrm like 'Cannot delete social account with existing content%', sqlerrm;
    end;
    begin
        delete from auth.users where id = '31000000-0000-4000-8000-000000000001';
        raise exception 'content went along with its user';
    exception
        when foreign_key_violation then
            assert sqlerrm like 'Cannot delete social account with existing content%', sqlerrm;
    end;
end $$;

-- check: others see public content that is there, and nothing else
-- id: SV-3.R
do $$
declare
    v_role text;
begin
    foreach v_role in array array['anon', 'authenticated'] loop
        perform set_config('role', v_role, true);
        perform set_config(
            'request.jwt.claims',
            case v_role when 'anon' then '{"role":"anon"}'
                else '{"sub":"31000000-0000-4000-8000-000000000002","role":"authenticated"}'
            end,
            true
        );
        assert (
            select array_agg(c.id::text order by c.id)
            from public.content_item c
            where c.social_account_id = '33000000-0000-4000-8000-000000000001'
        ) = array['34000000-0000-4000-8000-000000000001'], v_role || ' sees other content than the public item';
        perform set_config('role', 'none', true);
    end loop;
end $$;

-- check: content of a removed or private account, or of a private profile, is hidden
-- id: SV-3.R
do $$
declare
    v_change text;
begin
    foreach v_change in array array[
        'update public.social_account set deleted_at = now() where id = ''33000000-0000-4000-8000-000000000001''',
        'update public.social_account set visibility = ''private'' where id = ''33000000-0000-4000-8000-000000000001''',
        'update public.social_account set visibility = ''unlisted'' where id = ''33000000-0000-4000-8000-000000000001''',
        'update public.social_account set visibility = null where id = ''33000000-0000-4000-8000-000000000001''',
        'update public.users set is_public = false where id = ''31000000-0000-4000-8000-000000000001''',
        'update public.users set is_public = null where id = ''31000000-0000-4000-8000-000000000001'''
    ] loop
        begin
            execute v_change;
            set local role anon;
            assert not exists (
                select from public.content_item where id = '34000000-0000-4000-8000-000000000001'
            ), 'still visible after: ' || v_change;
            assert not exists (
                select from private.visible_content where id = '34000000-0000-4000-8000-000000000001'
            ), 'still in visible_content after: ' || v_change;
            set local role authenticated;
            perform set_config('request.jwt.claims', '{"sub":"31000000-0000-4000-8000-000000000001"}', true);
            assert exists (
                select from public.content_item where id = '34000000-0000-4000-8000-000000000001'
            ), 'hidden from its owner after: ' || v_change;
            reset role;
            assert exists (
                select from private.hidden_account where id = '33000000-0000-4000-8000-000000000001'
            ) and not exists (
                select from private.public_account where id = '33000000-0000-4000-8000-000000000001'
            ), 'public_account and hidden_account disagree after: ' || v_change;
            -- Undoes the change, and the roles with it.
            raise exception using errcode = 'PGP01';
        exception
            when sqlstate 'PGP01' then null;
        end;
    end loop;
end $$;

-- check: every account is either public or hidden
-- id: SV-3.R
do $$
begin
    assert not exists (
        select
        from public.social_account a
        where (a.id in (select p.id from private.public_account p))
            = (a.id in (select h.id from private.hidden_account h))
    ), 'an account is both, or neither';
end $$;

-- check: a creator edits, removes, restores and deletes own content
-- id: SV-3.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"31000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    v_rows bigint;
begin
    update public.content_item
    set title = 'Edited', visibility = 'public', deleted_at = now()
    where id = '34000000-0000-4000-8000-000000000002';
    get diagnostics v_rows = row_count;
    assert v_rows = 1, 'own content cannot be edited';
    update public.content_item set deleted_at = null where id = '34000000-0000-4000-8000-000000000002';
    get diagnostics v_rows = row_count;
    assert v_rows = 1, 'own removed content cannot be restored';
    delete from public.content_item where id = '34000000-0000-4000-8000-000000000002';
    get diagnostics v_rows = row_count;
    assert v_rows = 1, 'own content cannot be deleted';
end $$;

-- check: an address that others follow is a web address
-- id: SV-3.T
do $$
declare
    v_column text;
begin
    foreach v_column in array array['platform_url', 'thumbnail_url', 'media_url', 'canonical_url'] loop
        execute format('update public.content_item set %I = ''HTTPS://example.com/'' where platform_content_id like ''verify-phase3-%%''', v_column);
        begin
            execute format('update public.content_item set %I = ''javascript:alert(1)'' where platform_content_id like ''verify-phase3-%%''', v_column);
            raise exception 'a script was accepted as %', v_column;
        exception
            when check_violation then null;
        end;
    end loop;
end $$;

-- check: nobody writes figures, embed code or another's account
-- id: SV-3.R
do $$
declare
    v_statement text;
begin
    foreach v_statement in array array[
        'update public.content_item set views_count = 1000000 where id = ''34000000-0000-4000-8000-000000000001''',
        'update public.content_item set likes_count = 1000000 where id = ''34000000-0000-4000-8000-000000000001''',
        'update public.content_item set total_clicks = 1000000 where id = ''34000000-0000-4000-8000-000000000001''',
        'update public.content_item set clicks_last_7_days = 1 where id = ''34000000-0000-4000-8000-000000000001''',
        'update public.content_item set clicks_last_30_days = 1 where id = ''34000000-0000-4000-8000-000000000001''',
        'update public.content_item set amazon_rating = 5 where id = ''34000000-0000-4000-8000-000000000001''',
        'update public.content_item set embed_html = ''<script></script>'' where id = ''34000000-0000-4000-8000-000000000001''',
        'update public.content_item set published_at = now() where id = ''34000000-0000-4000-8000-000000000001''',
        'update public.content_item set platform_content_id = ''x'' where id = ''34000000-0000-4000-8000-000000000001''',
        'update public.content_item set social_account_id = ''33000000-0000-4000-8000-000000000002'''
            ' where id = ''34000000-0000-4000-8000-000000000001''',
        'update public.content_item set platform_url = ''https://example.com/'' where id = ''34000000-0000-4000-8000-000000000001''',
        -- Neither on another's account nor on the own one: a platform's id could be taken before its owner syncs it.
        'insert into public.content_item (social_account_id, platform_id, content_type_id, platform_content_id, published_at)'
            ' select ''33000000-0000-4000-8000-000000000002'', a.platform_id, t.id, ''verify-phase3-foreign'', now()'
            ' from public.social_account a cross join public.content_type t'
            ' where a.id = ''33000000-0000-4000-8000-000000000001'' and t.slug = ''post''',
        'insert into public.content_item (social_account_id, platform_id, content_type_id, platform_content_id, published_at)'
            ' select a.id, a.platform_id, t.id, ''verify-phase3-squatted'', now() + interval ''10 years'''
            ' from public.social_account a cross join public.content_type t'
            ' where a.id = ''33000000-0000-4000-8000-000000000001'' and t.slug = ''post''',
        'insert into public.content_type (slug, display_name) values (''verify'', ''Verify'')',
        'insert into public.content_revision (content_item_id, field_name)'
            ' values (''34000000-0000-4000-8000-000000000001'', ''title'')',
        'update public.content_revision set old_value = null where false',
        'delete from public.content_revision where false',
        'truncate public.content_item cascade'
    ] loop
        begin
            set local role authenticated;
            perform set_config('request.jwt.claims', '{"sub":"31000000-0000-4000-8000-000000000001"}', true);
            execute v_statement;
            raise exception 'this went through: %', v_statement;
        exception
            when insufficient_privilege then null;
        end;
    end loop;
end $$;

-- check: another's content can be neither edited nor deleted
-- id: SV-3.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"31000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    v_rows bigint;
begin
    update public.content_item set title = 'Mine' where id = '34000000-0000-4000-8000-000000000005';
    get diagnostics v_rows = row_count;
    assert v_rows = 0, 'another''s content was edited';
    delete from public.content_item where id = '34000000-0000-4000-8000-000000000005';
    get diagnostics v_rows = row_count;
    assert v_rows = 0, 'another''s content was deleted';
end $$;

-- check: a visitor writes nothing and reads no history
-- id: SV-3.R
do $$
declare
    v_statement text;
begin
    foreach v_statement in array array[
        'update public.content_item set title = ''x'' where false',
        'delete from public.content_item where false',
        'insert into public.content_item (platform_content_id) values (''x'')',
        'select 1 from public.content_revision',
        'select 1 from private.own_content',
        'select private.erase_user(''31000000-0000-4000-8000-000000000001'')'
    ] loop
        begin
            set local role anon;
            execute v_statement;
            raise exception 'this went through: %', v_statement;
        exception
            when insufficient_privilege then null;
        end;
    end loop;
end $$;

-- check: content has the platform of its account
-- id: SV-3.T
do $$
begin
    begin
        insert into public.content_item (social_account_id, platform_id, content_type_id, platform_content_id, published_at)
        select '33000000-0000-4000-8000-000000000001', p.id, t.id, 'verify-phase3-mismatch', now()
        from public.platform p
        cross join public.content_type t
        where p.slug = 'tiktok'
            and t.slug = 'post';
        raise exception 'content of another platform was accepted';
    exception
        when check_violation then null;
    end;
end $$;

-- check: an edit is kept in the history, under its author's name
-- id: SV-3.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"31000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    update public.content_item
    set title = 'New title', tags = array['new'], language = 'en'
    where id = '34000000-0000-4000-8000-000000000001';
    assert (
        select array_agg(r.field_name || ': ' || r.old_value || ' -> ' || r.new_value || ' by ' || r.change_source order by r.field_name)
        from public.content_revision r
        where r.content_item_id = '34000000-0000-4000-8000-000000000001'
            and r.user_id = auth.uid()
    ) = array[
        'tags: ["stream"] -> ["new"] by user',
        'title: Gaming zqxverify night -> New title by user'
    ], 'the history is wrong';

    perform set_config('request.jwt.claims', '{"sub":"31000000-0000-4000-8000-000000000002"}', true);
    assert not exists (
        select
        from public.content_revision r
        where r.content_item_id = '34000000-0000-4000-8000-000000000001'
    ), 'another user sees the history';
end $$;

-- check: a sync leaves a history only where a text changed
-- id: SV-3.R
set local role service_role;
do $$
begin
    update public.content_item
    set title = title, views_count = views_count + 1, total_clicks = total_clicks + 1, synced_at = now()
    where id = '34000000-0000-4000-8000-000000000001';
    assert not exists (
        select from public.content_revision where content_item_id = '34000000-0000-4000-8000-000000000001'
    ), 'figures were recorded as edits';

    update public.content_item set description = 'Synced' where id = '34000000-0000-4000-8000-000000000001';
    assert (
        select r.change_source = 'service' and r.user_id is null and r.field_name = 'description'
        from public.content_revision r
        where r.content_item_id = '34000000-0000-4000-8000-000000000001'
    ), 'the sync''s change is not recorded as the service''s';
end $$;

-- check: an edit moves updated_at, a click does not
-- id: SV-3.T
do $$
begin
    update public.content_item
    set total_clicks = total_clicks + 1
    where id = '34000000-0000-4000-8000-000000000001';
    assert (
        select c.updated_at < now() from public.content_item c where c.id = '34000000-0000-4000-8000-000000000001'
    ), 'a click counts as an edit';
    update public.content_item set title = 'Edited' where id = '34000000-0000-4000-8000-000000000001';
    assert (
        select c.updated_at = now() from public.content_item c where c.id = '34000000-0000-4000-8000-000000000001'
    ), 'an edit does not move updated_at';
end $$;

-- check: no column of the phase could hold a token
-- id: SV-2.B
do $$
begin
    assert not exists (
        select
        from pg_catalog.pg_attribute a
        where a.attrelid in (
                'public.content_type'::regclass, 'public.content_item'::regclass, 'public.content_revision'::regclass
            )
            and a.attnum > 0
            and a.attname ~* 'token|secret|password|credential|api_key'
    ), 'there is a column for secrets';
end $$;

-- check: the phase's functions cannot be called by users
-- id: SV-3.F
do $$
begin
    assert not exists (
        select
        from (
            values
                ('public.prevent_account_deletion_with_content()'),
                ('private.check_content_platform()'),
                ('private.record_content_revision()'),
                ('private.erasure_preview(uuid)'),
                ('private.drop_vault_secrets(text[])'),
                ('private.ids_of_user(uuid)'),
                ('private.pseudonymise_audit_log(uuid, uuid[])'),
                ('private.erase_user(uuid)')
        ) as f (signature)
        cross join (values ('anon'), ('authenticated')) as r (name)
        where has_function_privilege(r.name, f.signature, 'execute')
    ), 'a function is open to users';
end $$;

-- check: erasing a user takes everything of that user and nothing else
-- id: SV-8.1
do $$
declare
    v_result jsonb;
begin
    insert into public.notification (user_id, title, message)
    values ('31000000-0000-4000-8000-000000000001', 'Hello', 'Hello');
    insert into public.user_role (user_id, role) values ('31000000-0000-4000-8000-000000000001', 'moderator');
    insert into public.cache_store (key, value, category)
    values
        ('verify:31000000-0000-4000-8000-000000000001', '{}', 'verify'),
        ('verify:31000000-0000-4000-8000-000000000002', '{}', 'verify');
    insert into public.audit_log (user_id, action, entity_type, entity_id, new_values, ip_address, user_agent)
    values
        ('31000000-0000-4000-8000-000000000001', 'verify.phase3', 'content_item', '34000000-0000-4000-8000-000000000001', '{"a": 1}', '192.0.2.1', 'browser'),
        ('31000000-0000-4000-8000-000000000002', 'verify.phase3', 'content_item', '34000000-0000-4000-8000-000000000002', '{"b": 1}', '192.0.2.2', 'browser'),
        ('31000000-0000-4000-8000-000000000002', 'verify.phase3', 'content_item', '34000000-0000-4000-8000-000000000005', '{"c": 1}', '192.0.2.3', 'browser');
    -- Ada has edited Bob's content: the history stays, her name does not.
    insert into public.content_revision (content_item_id, user_id, field_name)
    values ('34000000-0000-4000-8000-000000000005', '31000000-0000-4000-8000-000000000001', 'title');

    set local role service_role;
    v_result := private.erase_user('31000000-0000-4000-8000-000000000001');
    reset role;

    assert (v_result #>> '{public.content_item,deleted}')::bigint = 4, 'content: ' || v_result::text;
    assert (v_result #>> '{public.social_account,deleted}')::bigint = 1, 'accounts: ' || v_result::text;
    assert (v_result #>> '{public.platform_connection,deleted}')::bigint = 1, 'connections: ' || v_result::text;
    assert (v_result #>> '{public.content_revision,detached}')::bigint = 1, 'history: ' || v_result::text;
    assert (v_result #>> '{public.cache_store,deleted}')::bigint = 1, 'cache: ' || v_result::text;

    assert not exists (select from auth.users where id = '31000000-0000-4000-8000-000000000001'), 'account left';
    assert not exists (select from public.users where id = '31000000-0000-4000-8000-000000000001'), 'profile left';
    assert not exists (
        select from public.content_item where social_account_id = '33000000-0000-4000-8000-000000000001'
    ), 'content left';
    assert not exists (
        select
        from public.audit_log l
        where to_jsonb(l)::text ~ '31000000-0000-4000-8000-000000000001|34000000-0000-4000-8000-00000000000[1-4]|192\.0\.2\.1'
    ), 'the audit log still names the user or what was the user''s';
    assert (
        select count(*) filter (where l.ip_address is null) = 1
            and count(*) filter (where l.user_id = '31000000-0000-4000-8000-000000000002') = 2
            and count(*) filter (where l.new_values is not null) = 1
        from public.audit_log l
        where l.action = 'verify.phase3'
    ), 'the audit log has lost more than it should, or less';
    assert (
        select r.user_id is null
        from public.content_revision r
        where r.content_item_id = '34000000-0000-4000-8000-000000000005'
    ), 'the history of another''s content is gone, or still names the user';
    assert exists (
        select from public.content_item where id = '34000000-0000-4000-8000-000000000005'
    ) and exists (
        select from public.social_account where id = '33000000-0000-4000-8000-000000000002'
    ) and exists (
        select from public.cache_store where key = 'verify:31000000-0000-4000-8000-000000000002'
    ), 'another user has lost something';
end $$;

-- check: erasing a user takes the tokens out of Vault, but not another's
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
        using 'a', 'verify/phase3/31000000-0000-4000-8000-000000000001', '',
            'b', 'verify/phase3/31000000-0000-4000-8000-000000000002', '';
    perform private.erase_user('31000000-0000-4000-8000-000000000001');
    execute 'select count(*) from vault.decrypted_secrets where name like ''verify/phase3/%''' into v_left;
    assert v_left = 1, format('%s of 2 secrets left instead of the other user''s', v_left);
    perform private.erase_user('31000000-0000-4000-8000-000000000002');
    execute 'select count(*) from vault.decrypted_secrets where name like ''verify/phase3/%''' into v_left;
    assert v_left = 0, 'a secret was left';
end $$;

-- check: erasing somebody who does not exist is an error, a second time too
-- id: SV-8.1
do $$
begin
    perform private.erase_user('31000000-0000-4000-8000-000000000001');
    begin
        perform private.erase_user('31000000-0000-4000-8000-000000000001');
        raise exception 'an unknown user was erased';
    exception
        when no_data_found then null;
    end;
end $$;

-- check: users cannot erase anybody, themselves included
-- id: SV-3.R
do $$
begin
    grant execute on function private.erase_user(uuid) to authenticated; -- as if by mistake
    begin
        set local role authenticated;
        perform set_config('request.jwt.claims', '{"sub":"31000000-0000-4000-8000-000000000001"}', true);
        perform private.erase_user('31000000-0000-4000-8000-000000000001');
        raise exception 'a user erased a user';
    exception
        when insufficient_privilege then null;
    end;
end $$;
