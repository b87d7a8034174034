-- Behaviour of phase 4, as the roles that use it. Two creators on the free tier, 41…01 (Ada) and 41…02 (Bob), with one
-- public and one private content item each (44…01 and 02, 44…03 and 04).

insert into auth.users (id, email) values
    ('41000000-0000-4000-8000-000000000001', 'verify-phase4-ada@example.invalid'),
    ('41000000-0000-4000-8000-000000000002', 'verify-phase4-bob@example.invalid');

insert into public.subscription (user_id, tier_id, status_id, cycle_start_date, cycle_end_date)
select u.id, t.id, s.id, now() - interval '1 day', now() + interval '1 month'
from public.users u
cross join public.subscription_tier t
cross join public.subscription_status s
where u.id in ('41000000-0000-4000-8000-000000000001', '41000000-0000-4000-8000-000000000002')
    and t.slug = 'free'
    and s.slug = 'active';

insert into public.platform_connection (id, user_id, platform_id, vault_secret_name, platform_user_id)
select v.id::uuid, v.user_id::uuid, p.id, 'verify/phase4/' || v.user_id, v.user_id
from (
    values
        ('42000000-0000-4000-8000-000000000001', '41000000-0000-4000-8000-000000000001'),
        ('42000000-0000-4000-8000-000000000002', '41000000-0000-4000-8000-000000000002')
) as v (id, user_id)
cross join public.platform p
where p.slug = 'youtube';

insert into public.social_account (id, user_id, connection_id, platform_id, status_id, account_name, follower_count)
select v.id::uuid, c.user_id, c.id, c.platform_id, s.id, v.name, 100
from (
    values
        ('43000000-0000-4000-8000-000000000001', '42000000-0000-4000-8000-000000000001', 'Ada'),
        ('43000000-0000-4000-8000-000000000002', '42000000-0000-4000-8000-000000000002', 'Bob')
) as v (id, connection_id, name)
join public.platform_connection c on c.id = v.connection_id::uuid
cross join public.account_status s
where s.slug = 'active';

insert into public.content_item
    (id, social_account_id, platform_id, content_type_id, platform_content_id, title, published_at, visibility)
select
    v.id::uuid, a.id, a.platform_id, t.id, 'verify-phase4-' || v.id, v.title, now() - interval '1 day',
    v.visibility::public.visibility_enum
from (
    values
        ('44000000-0000-4000-8000-000000000001', '43000000-0000-4000-8000-000000000001', 'Public of Ada', 'public'),
        ('44000000-0000-4000-8000-000000000002', '43000000-0000-4000-8000-000000000001', 'Private of Ada', 'private'),
        ('44000000-0000-4000-8000-000000000003', '43000000-0000-4000-8000-000000000002', 'Public of Bob', 'public'),
        ('44000000-0000-4000-8000-000000000004', '43000000-0000-4000-8000-000000000002', 'Private of Bob', 'private')
) as v (id, account_id, title, visibility)
join public.social_account a on a.id = v.account_id::uuid
cross join public.content_type t
where t.slug = 'long_video';

-- What ai-generate-tags writes for Ada, leaving to the database what it can work out.
insert into public.ai_suggestion
    (id, content_item_id, provider_id, model_id, suggested_titles, suggested_tags, prompt_tokens, completion_tokens)
select
    '45000000-0000-4000-8000-000000000001', '44000000-0000-4000-8000-000000000001', m.provider_id, m.id,
    array['One', 'Two'], array['gaming', 'stream'], 1000, 500
from public.ai_model m
where m.model_name = 'gpt-4o-mini';

insert into public.ai_usage
    (id, user_id, provider_id, model_id, content_item_id, operation_type, prompt_tokens, completion_tokens)
select
    '46000000-0000-4000-8000-000000000001', '41000000-0000-4000-8000-000000000001', m.provider_id, m.id,
    '44000000-0000-4000-8000-000000000001', 'generate_tags', 1000, 500
from public.ai_model m
where m.model_name = 'gpt-4o-mini';

-- check: the phase's seven tables exist, with row level security
-- id: SV-4.T
do $$
begin
    assert (
        select count(*)
        from pg_catalog.pg_class c
        where c.oid in (
                to_regclass('public.ai_provider'),
                to_regclass('public.ai_model'),
                to_regclass('public.user_ai_setting'),
                to_regclass('public.ai_suggestion'),
                to_regclass('public.ai_suggestion_application'),
                to_regclass('public.ai_usage'),
                to_regclass('public.trending_keyword')
            )
            and c.relkind = 'r'
            and c.relrowsecurity
    ) = 7, 'a table is missing, or its row level security is off';
end $$;

-- check: four providers and five models, at the price for a thousand tokens
-- id: SV-4.S
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"41000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    assert (
        select count(*) from public.ai_provider where slug in ('openai', 'anthropic', 'google', 'local')
    ) = 4, 'providers are missing';
    -- What providers quote for a million tokens, to the last digit.
    assert not exists (
        select
        from (
            values
                ('openai', 'gpt-4o', 128000, 2.50, 10.00),
                ('openai', 'gpt-4o-mini', 128000, 0.15, 0.60),
                ('anthropic', 'claude-3-5-sonnet-20241022', 200000, 3.00, 15.00),
                ('google', 'gemini-1.5-pro', 2000000, 1.25, 5.00),
                ('local', 'llama3.2', 8192, 0, 0)
        ) as quoted (provider, model, context, input, output)
        where not exists (
            select
            from public.ai_model m
            join public.ai_provider p on p.id = m.provider_id
            where p.slug = quoted.provider
                and m.model_name = quoted.model
                and m.max_context_tokens = quoted.context
                and m.input_cost_per_1k_tokens * 1000 = quoted.input
                and m.output_cost_per_1k_tokens * 1000 = quoted.output
        )
    ), 'a model is missing, or its price is wrong';
end $$;

-- check: a creator sees the suggestion for the own content, with its cost
-- id: SV-4.V
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"41000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    -- The document's own query. 1000 tokens at 0.015 cents, 500 at 0.06 cents.
    assert (
        select s.suggested_titles = array['One', 'Two']
            and s.suggested_tags = array['gaming', 'stream']
            and s.total_cost_cents = 0.045
        from public.ai_suggestion s
        where s.content_item_id = '44000000-0000-4000-8000-000000000001'
    ), 'the suggestion is not there, or its cost is wrong';
end $$;

-- check: tokens and cost of a call are recorded, in the user's billing cycle
-- id: SV-4.V
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"41000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    assert (
        select (u.prompt_tokens, u.completion_tokens, u.total_tokens, u.cost_cents) = (1000, 500, 1500, 0.045)
            and u.billing_cycle_start = s.cycle_start_date
            and u.billing_cycle_end = s.cycle_end_date
        from public.ai_usage u
        join public.subscription s on s.user_id = u.user_id
        where u.user_id = auth.uid()
    ), 'the use is not recorded, or its cost is wrong';
end $$;

-- check: what the service gives itself is kept
-- id: SV-4.V
set local role service_role;
do $$
begin
    insert into public.ai_usage (
        user_id, provider_id, model_id, operation_type, prompt_tokens, completion_tokens, total_tokens, cost_cents,
        billing_cycle_start, billing_cycle_end
    )
    select
        '41000000-0000-4000-8000-000000000002', m.provider_id, m.id, 'verify', 10, 5, 15, 1.25,
        '2024-01-01', '2024-02-01'
    from public.ai_model m
    where m.model_name = 'gpt-4o';
    assert (
        select u.cost_cents = 1.25 and u.billing_cycle_start = '2024-01-01'
        from public.ai_usage u
        where u.user_id = '41000000-0000-4000-8000-000000000002'
    ), 'the service''s own figures were overwritten';
end $$;

-- check: a sum of tokens that is wrong is refused
-- id: SV-4.T
do $$
begin
    begin
        update public.ai_usage set total_tokens = 1 where id = '46000000-0000-4000-8000-000000000001';
        raise exception 'accepted';
    exception
        when check_violation then null;
    end;
end $$;

-- check: the free tier has 25 analyses, not one more
-- id: SV-4.V
-- id: SV-1.F
do $$
declare
    v_used integer;
begin
    assert (
        select t.max_ai_analyses_per_month
        from public.subscription_tier t
        where t.slug = 'free'
    ) = 25, 'the free tier has another number of analyses';
    set local role authenticated;
    perform set_config('request.jwt.claims', '{"sub":"41000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
    for v_used in 1..25 loop
        assert public.check_quota(auth.uid(), 'ai_analysis'), format('no quota left after %s analyses', v_used - 1);
        perform public.increment_quota(auth.uid(), 'ai_analysis', 1);
    end loop;
    assert not public.check_quota(auth.uid(), 'ai_analysis'), 'quota is left after 25 analyses';
    begin
        perform public.increment_quota(auth.uid(), 'ai_analysis', 1);
        raise exception using errcode = 'PGP01', message = 'a 26th analysis was counted';
    exception
        when raise_exception then null;
    end;
    assert (
        select s.ai_analyses_used from public.subscription s where s.user_id = auth.uid()
    ) = 25, 'the counter is not 25';
end $$;

-- check: another's suggestions, use and settings are invisible
-- id: SV-4.R
do $$
begin
    insert into public.user_ai_setting (user_id) values ('41000000-0000-4000-8000-000000000001');
    insert into public.ai_suggestion_application (suggestion_id, field_name, applied_by_user_id)
    values ('45000000-0000-4000-8000-000000000001', 'title', '41000000-0000-4000-8000-000000000001');
    set local role authenticated;
    -- Bob sees the content itself, but not what AI says of it.
    perform set_config('request.jwt.claims', '{"sub":"41000000-0000-4000-8000-000000000002","role":"authenticated"}', true);
    assert exists (select from public.content_item where id = '44000000-0000-4000-8000-000000000001'), 'setup';
    assert not exists (select from public.ai_suggestion), 'sees another''s suggestions';
    assert not exists (select from public.ai_suggestion_application), 'sees what another applied';
    assert not exists (select from public.ai_usage), 'sees another''s use';
    assert not exists (select from public.user_ai_setting), 'sees another''s settings';
end $$;

-- check: another's suggestion can be neither marked nor deleted nor applied
-- id: SV-4.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"41000000-0000-4000-8000-000000000002","role":"authenticated"}', true);
do $$
declare
    v_rows bigint;
begin
    update public.ai_suggestion set is_applied = true where id = '45000000-0000-4000-8000-000000000001';
    get diagnostics v_rows = row_count;
    assert v_rows = 0, 'another''s suggestion was marked';
    delete from public.ai_suggestion where id = '45000000-0000-4000-8000-000000000001';
    get diagnostics v_rows = row_count;
    assert v_rows = 0, 'another''s suggestion was deleted';
    begin
        insert into public.ai_suggestion_application (suggestion_id, field_name, applied_by_user_id)
        values ('45000000-0000-4000-8000-000000000001', 'title', auth.uid());
        raise exception 'another''s suggestion was applied';
    exception
        when insufficient_privilege then null;
    end;
end $$;

-- check: applying a part marks the suggestion, and keeps who did it
-- id: SV-4.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"41000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    insert into public.ai_suggestion_application (suggestion_id, field_name, applied_value, applied_by_user_id)
    values ('45000000-0000-4000-8000-000000000001', 'title', 'One', auth.uid());
    assert (
        select s.is_applied and s.applied_at = now()
        from public.ai_suggestion s
        where s.id = '45000000-0000-4000-8000-000000000001'
    ), 'the suggestion does not count as applied';
    assert (
        select a.applied_value = 'One' and a.applied_at = now()
        from public.ai_suggestion_application a
        where a.suggestion_id = '45000000-0000-4000-8000-000000000001'
    ), 'what was applied cannot be read back';
    begin
        insert into public.ai_suggestion_application (suggestion_id, field_name, applied_by_user_id)
        values ('45000000-0000-4000-8000-000000000001', 'title', '41000000-0000-4000-8000-000000000002');
        raise exception 'applied in another''s name';
    exception
        when insufficient_privilege then null;
    end;
end $$;

-- check: users write neither suggestions nor use nor prices
-- id: SV-4.R
do $$
declare
    v_statement text;
begin
    foreach v_statement in array array[
        'insert into public.ai_suggestion (content_item_id) values (''44000000-0000-4000-8000-000000000001'')',
        'update public.ai_suggestion set total_cost_cents = 0 where id = ''45000000-0000-4000-8000-000000000001''',
        'update public.ai_suggestion set content_item_id = ''44000000-0000-4000-8000-000000000003'' where true',
        'insert into public.ai_usage (user_id) values (''41000000-0000-4000-8000-000000000001'')',
        'update public.ai_usage set cost_cents = 0 where true',
        'delete from public.ai_usage where true',
        'update public.ai_model set input_cost_per_1k_tokens = 0 where true',
        'insert into public.ai_provider (slug, display_name) values (''verify'', ''Verify'')',
        'insert into public.trending_keyword (keyword) values (''verify'')',
        'update public.ai_suggestion_application set applied_value = null where true',
        'delete from public.ai_suggestion_application where true'
    ] loop
        begin
            set local role authenticated;
            perform set_config('request.jwt.claims', '{"sub":"41000000-0000-4000-8000-000000000001"}', true);
            execute v_statement;
            raise exception 'this went through: %', v_statement;
        exception
            when insufficient_privilege then null;
        end;
    end loop;
end $$;

-- check: a visitor sees nothing of the phase
-- id: SV-4.R
do $$
declare
    v_table text;
begin
    foreach v_table in array array[
        'ai_provider', 'ai_model', 'user_ai_setting', 'ai_suggestion', 'ai_suggestion_application', 'ai_usage',
        'trending_keyword'
    ] loop
        begin
            set local role anon;
            execute format('select from public.%I', v_table);
            raise exception 'a visitor may read %', v_table;
        exception
            when insufficient_privilege then null;
        end;
    end loop;
end $$;

-- check: settings are one's own to make, change and delete
-- id: SV-4.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"41000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    v_rows bigint;
begin
    insert into public.user_ai_setting (user_id, preferred_model_id, tone)
    select auth.uid(), m.id, 'casual'
    from public.ai_model m
    where m.model_name = 'gpt-4o'
    on conflict (user_id) do update set tone = excluded.tone;
    assert (
        select p.slug = 'openai' and s.language = 'en'
        from public.user_ai_setting s
        join public.ai_provider p on p.id = s.preferred_provider_id
    ), 'the provider of the preferred model is not filled in';
    begin
        update public.user_ai_setting
        set preferred_provider_id = (select p.id from public.ai_provider p where p.slug = 'google')
        where user_id = auth.uid();
        raise exception 'a model of another provider was accepted';
    exception
        when check_violation then null;
    end;
    begin
        insert into public.user_ai_setting (user_id) values ('41000000-0000-4000-8000-000000000002');
        raise exception 'settings were made for another';
    exception
        when insufficient_privilege then null;
    end;
    begin
        update public.user_ai_setting
        set user_id = '41000000-0000-4000-8000-000000000002'
        where user_id = auth.uid();
        raise exception 'settings were given to another';
    exception
        when insufficient_privilege then null;
    end;
    delete from public.user_ai_setting where user_id = auth.uid();
    get diagnostics v_rows = row_count;
    assert v_rows = 1, 'own settings cannot be deleted';
end $$;

-- check: trending keywords are there for signed-in users
-- id: SV-4.R
do $$
begin
    insert into public.trending_keyword (platform_id, keyword, trending_score, valid_until)
    select p.id, 'verify-phase4', 99.5, now() + interval '1 day'
    from public.platform p
    where p.slug = 'youtube';
    begin
        insert into public.trending_keyword (platform_id, keyword, trending_score, valid_until)
        select p.id, 'verify-phase4', 1, now() + interval '1 day'
        from public.platform p
        where p.slug = 'youtube';
        raise exception 'a duplicate was accepted';
    exception
        when unique_violation then null;
    end;
    set local role authenticated;
    perform set_config('request.jwt.claims', '{"sub":"41000000-0000-4000-8000-000000000001","role":"authenticated"}', true);
    assert (
        select k.trending_score = 99.5 from public.trending_keyword k where k.keyword = 'verify-phase4'
    ), 'cannot be read';
end $$;

-- check: deleting content takes its suggestions, and leaves the bill
-- id: SV-4.T
do $$
begin
    delete from public.content_item where id = '44000000-0000-4000-8000-000000000001';
    assert not exists (
        select from public.ai_suggestion where id = '45000000-0000-4000-8000-000000000001'
    ), 'a suggestion was left';
    assert (
        select u.content_item_id is null and u.cost_cents = 0.045
        from public.ai_usage u
        where u.id = '46000000-0000-4000-8000-000000000001'
    ), 'the use went along with the content';
end $$;

-- check: erasing a user takes settings, suggestions and use, and nothing of another
-- id: SV-8.1
do $$
declare
    v_result jsonb;
begin
    insert into public.user_ai_setting (user_id)
    values ('41000000-0000-4000-8000-000000000001'), ('41000000-0000-4000-8000-000000000002');
    -- Ada has applied something to Bob's content as well (as a helper of the service might have noted it).
    insert into public.ai_suggestion (id, content_item_id)
    values ('45000000-0000-4000-8000-000000000002', '44000000-0000-4000-8000-000000000003');
    insert into public.ai_suggestion_application (suggestion_id, field_name, applied_by_user_id)
    values
        ('45000000-0000-4000-8000-000000000001', 'title', '41000000-0000-4000-8000-000000000001'),
        ('45000000-0000-4000-8000-000000000002', 'title', '41000000-0000-4000-8000-000000000001'),
        ('45000000-0000-4000-8000-000000000002', 'tags', '41000000-0000-4000-8000-000000000002');
    v_result := private.erase_user('41000000-0000-4000-8000-000000000001');
    assert (v_result #>> '{public.ai_suggestion,deleted}')::bigint = 1
        and (v_result #>> '{public.ai_suggestion_application,deleted}')::bigint = 2
        and (v_result #>> '{public.ai_usage,deleted}')::bigint = 1
        and (v_result #>> '{public.user_ai_setting,deleted}')::bigint = 1, v_result::text;
    assert not exists (
        select from public.ai_usage where user_id = '41000000-0000-4000-8000-000000000001'
    ) and not exists (
        select from public.ai_suggestion where id = '45000000-0000-4000-8000-000000000001'
    ), 'something was left';
    assert exists (
        select from public.ai_suggestion where id = '45000000-0000-4000-8000-000000000002'
    ) and exists (
        select from public.user_ai_setting where user_id = '41000000-0000-4000-8000-000000000002'
    ), 'another user has lost something';
end $$;

-- check: no column of the phase could hold an API key
-- id: SV-2.B
do $$
begin
    assert not exists (
        select
        from pg_catalog.pg_attribute a
        where a.attrelid in (
                'public.ai_provider'::regclass, 'public.ai_model'::regclass, 'public.user_ai_setting'::regclass,
                'public.ai_suggestion'::regclass, 'public.ai_suggestion_application'::regclass,
                'public.ai_usage'::regclass, 'public.trending_keyword'::regclass
            )
            and a.attnum > 0
            and a.attname ~* 'token|secret|password|credential|api_key'
            and a.attname not in (
                'prompt_tokens', 'completion_tokens', 'total_tokens', 'max_context_tokens', -- counted
                'input_cost_per_1k_tokens', 'output_cost_per_1k_tokens', -- priced
                'is_api_key_required' -- said
            )
    ), 'there is a column for secrets';
end $$;

-- check: the phase's functions cannot be called by users
-- id: SV-4.R
do $$
begin
    assert not exists (
        select
        from (
            values
                ('private.ai_cost_cents(uuid, integer, integer)'),
                ('private.complete_ai_usage()'),
                ('private.complete_ai_suggestion()'),
                ('private.mark_suggestion_applied()'),
                ('private.check_preferred_model()')
        ) as f (signature)
        cross join (values ('anon'), ('authenticated')) as r (name)
        where has_function_privilege(r.name, f.signature, 'execute')
    ), 'a function is open to users';
end $$;
