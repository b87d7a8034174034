-- StreamVibe, phase 1: what the document promises about onboarding, tried out as the role that would do it.
--
-- Account 1 is an ordinary user without a subscription, account 2 another one on the tier basic with something in
-- every table, account 3 an administrator. Claims are set as the Data API sets them.

insert into auth.users (id, email) values
    ('5ca1ab1e-0000-4000-8000-000000000001', 'one@verify.invalid'),
    ('5ca1ab1e-0000-4000-8000-000000000002', 'two@verify.invalid'),
    ('5ca1ab1e-0000-4000-8000-000000000003', 'three@verify.invalid');

insert into public.user_role (user_id, role) values ('5ca1ab1e-0000-4000-8000-000000000003', 'admin');

insert into public.subscription (user_id, tier_id, status_id, cycle_start_date, cycle_end_date)
select
    '5ca1ab1e-0000-4000-8000-000000000002',
    (select t.id from public.subscription_tier t where t.slug = 'basic'),
    (select s.id from public.subscription_status s where s.slug = 'active'),
    now(),
    now() + interval '1 month';

insert into public.notification (user_id, title, message)
values ('5ca1ab1e-0000-4000-8000-000000000002', 'Welcome', 'Hello.');

insert into public.audit_log (user_id, action, entity_type)
values ('5ca1ab1e-0000-4000-8000-000000000002', 'profile.updated', 'users');

insert into public.quota_usage_history (
    user_id, quota_type, operation, current_value, max_value, billing_cycle_start, billing_cycle_end
)
values ('5ca1ab1e-0000-4000-8000-000000000002', 'sync', 'increment', 1, 100, now(), now() + interval '1 month');

insert into public.cache_store (key, value, category) values ('verify:cache', '{}', 'verify');

-- check: sign-up makes the profile, and the user reads it as the document does
-- id: SV-1.V
-- id: SV-4
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    profile record;
begin
    select id, is_onboarded into strict profile from public.users where id = auth.uid();
    assert profile.is_onboarded = false, 'a new profile is onboarded already';
    assert exists (select from public.user_setting where user_id = auth.uid()), 'no settings were made';
    assert public.has_role(auth.uid(), 'user'), 'the role user was not given';
    assert not public.has_role(auth.uid(), 'admin'), 'a new user is administrator';
    assert not exists (select from public.subscription where user_id = auth.uid()), 'sign-up assigns a tier: the document''s next step would fail';
end
$$;

-- check: sign-up works for every kind of account and copies no personal data
-- id: SV-1.G
-- id: SU-06
insert into auth.users (id, email, phone, is_anonymous, raw_user_meta_data) values
    ('5ca1ab1e-0000-4000-8000-000000000011', null, null, true, null),
    ('5ca1ab1e-0000-4000-8000-000000000012', null, '+10000000001', false, '"not an object"'),
    ('5ca1ab1e-0000-4000-8000-000000000013', 'full@verify.invalid', null, false, '{"full_name":"Jane Doe","is_verified":true,"role":"admin","timezone":7}');
do $$
begin
    assert (
        select count(*) from public.users
        where id in (
            '5ca1ab1e-0000-4000-8000-000000000011',
            '5ca1ab1e-0000-4000-8000-000000000012',
            '5ca1ab1e-0000-4000-8000-000000000013'
        )
    ) = 3, 'a profile is missing';
    assert (
        select u.display_name is null and not u.is_verified and u.timezone = 'UTC'
        from public.users u where u.id = '5ca1ab1e-0000-4000-8000-000000000013'
    ), 'metadata that the client sends got into the profile';
    assert (
        select array_agg(r.role::text) from public.user_role r where r.user_id = '5ca1ab1e-0000-4000-8000-000000000013'
    ) = array['user'], 'metadata that the client sends decides about roles';
end
$$;

-- check: sign-up does not depend on the search path
-- id: SU-06
set local search_path = auth;
insert into auth.users (id) values ('5ca1ab1e-0000-4000-8000-000000000014');
do $$
begin
    assert exists (select from public.users where id = '5ca1ab1e-0000-4000-8000-000000000014'), 'no profile was made';
end
$$;

-- check: deleting the account takes the profile and all that belongs to it along
-- id: SV-1.T
do $$
begin
    insert into public.user_role (user_id, role, granted_by)
    values ('5ca1ab1e-0000-4000-8000-000000000001', 'moderator', '5ca1ab1e-0000-4000-8000-000000000003');
    delete from auth.users where id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert not exists (select from public.users where id = '5ca1ab1e-0000-4000-8000-000000000002'), 'the profile stays';
    assert not exists (select from public.subscription where user_id = '5ca1ab1e-0000-4000-8000-000000000002'), 'the subscription stays';
    assert exists (select from public.audit_log where action = 'profile.updated' and user_id is null), 'the audit entry is gone';

    delete from auth.users where id = '5ca1ab1e-0000-4000-8000-000000000003';
    assert exists (
        select from public.user_role
        where user_id = '5ca1ab1e-0000-4000-8000-000000000001' and role = 'moderator' and granted_by is null
    ), 'a role is lost with the administrator who granted it';
end
$$;

-- check: the service role assigns the free tier, and the user's first use counts one
-- id: SV-1.V
-- id: SV-5
set local role service_role;
insert into public.subscription (user_id, tier_id, status_id, cycle_start_date, cycle_end_date)
select
    '5ca1ab1e-0000-4000-8000-000000000001',
    (select id from public.subscription_tier where slug = 'free'),
    (select id from public.subscription_status where slug = 'active'),
    now(), now() + interval '1 month';
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    used_before integer;
begin
    select syncs_used into strict used_before from public.subscription where user_id = auth.uid();
    assert public.check_quota(auth.uid(), 'sync'), 'check_quota is not true on a fresh subscription';
    perform public.increment_quota(auth.uid(), 'sync', 1);
    assert (select syncs_used from public.subscription where user_id = auth.uid()) = used_before + 1, 'the use was not counted';
    assert (
        select h.operation = 'increment' and h.amount = 1 and h.current_value = used_before + 1 and h.max_value = 10
        from public.quota_usage_history h where h.user_id = auth.uid()
    ), 'the use was not noted';
end
$$;

-- check: the free tier has 10 syncs, 25 AI analyses, no SEO submission and one account
-- id: SV-1.S
do $$
declare
    tier public.subscription_tier;
begin
    select * into strict tier from public.subscription_tier where slug = 'free';
    assert tier.max_syncs_per_month = 10, 'syncs';
    assert tier.max_ai_analyses_per_month = 25, 'AI analyses';
    assert tier.max_seo_submissions_per_month = 0, 'SEO submissions';
    assert tier.max_social_accounts = 1, 'social accounts';
    assert tier.price_cents = 0, 'price';
end
$$;

-- check: there are the three tiers and the five statuses
-- id: SV-1.S
-- id: SV-8.1
set local role anon;
do $$
begin
    assert (select count(*) from public.subscription_tier where slug in ('free', 'basic', 'premium')) = 3, 'tiers';
    assert (
        select count(*) from public.subscription_status
        where (slug, is_active_state) in (
            ('active', true), ('trialing', true), ('past_due', true), ('canceled', false), ('paused', false)
        )
    ) = 5, 'statuses';
end
$$;

-- check: quota ends at the limit, for one use or many at once
-- id: SV-1.F
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000002","role":"authenticated"}', true);
set local role authenticated;
do $$
declare
    refused boolean;
    asked integer;
begin
    perform public.increment_quota(auth.uid(), 'sync', 99);
    assert public.check_quota(auth.uid(), 'sync'), 'one use is left';

    foreach asked in array array[2, 100, 2147483647] loop
        refused := false;
        begin
            perform public.increment_quota(auth.uid(), 'sync', asked);
        exception
            when raise_exception then
                refused := true;
                assert sqlerrm like 'quota exceeded%', sqlerrm;
        end;
        assert refused, format('%s more than are left were counted', asked);
    end loop;

    perform public.increment_quota(auth.uid(), 'sync');
    assert not public.check_quota(auth.uid(), 'sync'), 'check_quota is true at the limit';
    assert (select syncs_used from public.subscription where user_id = auth.uid()) = 100, 'a refused use was counted';
    assert (
        select sum(amount) from public.quota_usage_history where user_id = auth.uid() and current_value > 1
    ) = 100, 'a refused use was noted';

    refused := false;
    begin
        perform public.increment_quota(auth.uid(), 'sync');
    exception
        when raise_exception then
            refused := true;
    end;
    assert refused, 'the limit can be passed';
end
$$;

-- check: an amount that is not positive is refused
-- id: SV-1.F
do $$
declare
    call text;
    refused boolean;
begin
    foreach call in array array[
        'select public.increment_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'', 0)',
        'select public.increment_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'', -5)',
        'select public.increment_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'', null)',
        'select public.decrement_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'', 0)',
        'select public.decrement_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'', -5)',
        'select public.decrement_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'', null)'
    ] loop
        refused := false;
        begin
            execute call;
        exception
            when invalid_parameter_value then
                refused := true;
        end;
        assert refused, call;
    end loop;
end
$$;

-- check: an unknown quota type is an error, never an answer
-- id: SV-1.F
do $$
declare
    call text;
    refused boolean;
begin
    foreach call in array array[
        'select public.check_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''syncs'')',
        'select public.check_quota(''5ca1ab1e-0000-4000-8000-000000000001'', ''syncs'')',
        'select public.check_quota(''5ca1ab1e-0000-4000-8000-000000000002'', null)',
        'select public.increment_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''SYNC'')',
        'select public.decrement_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''ai'')'
    ] loop
        refused := false;
        begin
            execute call;
        exception
            when invalid_parameter_value then
                refused := true;
                assert sqlerrm like 'unknown quota type%', sqlerrm;
        end;
        assert refused, call;
    end loop;
end
$$;

-- check: each quota type has its own counter and limit
-- id: SV-1.F
do $$
declare
    counters record;
begin
    perform public.increment_quota('5ca1ab1e-0000-4000-8000-000000000002', 'sync', 3);
    perform public.increment_quota('5ca1ab1e-0000-4000-8000-000000000002', 'ai_analysis', 5, 'content_item', '5ca1ab1e-0000-4000-8000-00000000000c');
    perform public.increment_quota('5ca1ab1e-0000-4000-8000-000000000002', 'seo_submission', 50);
    select syncs_used, ai_analyses_used, seo_submissions_used into strict counters
    from public.subscription where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert counters = row (3, 5, 50), counters::text;
    assert not public.check_quota('5ca1ab1e-0000-4000-8000-000000000002', 'seo_submission'), 'all 50 submissions are used';
    assert public.check_quota('5ca1ab1e-0000-4000-8000-000000000002', 'ai_analysis'), 'analyses are left';
    perform public.increment_quota('5ca1ab1e-0000-4000-8000-000000000002', 'ai_analysis', 95);
    assert not public.check_quota('5ca1ab1e-0000-4000-8000-000000000002', 'ai_analysis'), 'all 100 analyses are used';
    assert public.check_quota('5ca1ab1e-0000-4000-8000-000000000002', 'sync'), 'syncs are left';
    assert exists (
        select from public.quota_usage_history
        where user_id = '5ca1ab1e-0000-4000-8000-000000000002'
            and quota_type = 'ai_analysis'
            and related_entity_type = 'content_item'
            and related_entity_id = '5ca1ab1e-0000-4000-8000-00000000000c'
    ), 'what it was used for is not noted';
end
$$;

-- check: giving back stops at nothing used, and notes what was really given back
-- id: SV-1.F
set local role service_role;
do $$
begin
    perform public.increment_quota('5ca1ab1e-0000-4000-8000-000000000002', 'sync', 3);
    perform public.decrement_quota('5ca1ab1e-0000-4000-8000-000000000002', 'sync', 1, 'sync failed');
    assert (select syncs_used from public.subscription where user_id = '5ca1ab1e-0000-4000-8000-000000000002') = 2, 'one given back';
    perform public.decrement_quota('5ca1ab1e-0000-4000-8000-000000000002', 'sync', 10, 'all');
    assert (select syncs_used from public.subscription where user_id = '5ca1ab1e-0000-4000-8000-000000000002') = 0, 'floor';
    assert (
        select array_agg(h.amount order by h.amount) from public.quota_usage_history h
        where h.user_id = '5ca1ab1e-0000-4000-8000-000000000002' and h.operation = 'decrement'
    ) = array[1, 2], 'history of what was given back';
    assert exists (
        select from public.quota_usage_history where operation = 'decrement' and reason = 'sync failed' and current_value = 2
    ), 'the reason is not noted';
end
$$;

-- check: without a usable subscription there is no quota
-- id: SV-1.F
do $$
declare
    refused boolean := false;
begin
    assert public.check_quota('5ca1ab1e-0000-4000-8000-000000000001', 'sync') is false, 'no subscription must be false, not null';
    begin
        perform public.increment_quota('5ca1ab1e-0000-4000-8000-000000000001', 'sync');
    exception
        when raise_exception then
            refused := true;
    end;
    assert refused, 'counted without a subscription';

    update public.subscription
    set status_id = (select id from public.subscription_status where slug = 'canceled')
    where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert not public.check_quota('5ca1ab1e-0000-4000-8000-000000000002', 'sync'), 'a canceled subscription has quota';

    update public.subscription
    set status_id = (select id from public.subscription_status where slug = 'past_due'),
        cycle_start_date = now() - interval '2 months',
        cycle_end_date = now() - interval '1 month'
    where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert public.check_quota('5ca1ab1e-0000-4000-8000-000000000002', 'sync'), 'a cycle about to be renewed has quota';

    update public.subscription set is_auto_renew_enabled = false where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert not public.check_quota('5ca1ab1e-0000-4000-8000-000000000002', 'sync'), 'an ended cycle that is not renewed has quota';
end
$$;

-- check: a user may ask and count for himself only, and not give back
-- id: SV-1.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    call text;
    refused boolean;
begin
    foreach call in array array[
        'select public.check_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'')',
        'select public.increment_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'')',
        'select public.check_quota(null, ''sync'')',
        'select public.has_role(''5ca1ab1e-0000-4000-8000-000000000003'', ''admin'')',
        'select public.has_role(null, ''admin'')',
        'select public.decrement_quota(auth.uid(), ''sync'')',
        'select public.decrement_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'')',
        'select private.change_quota(auth.uid(), ''sync'', -1)',
        'select * from private.quota_state(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'')'
    ] loop
        refused := false;
        begin
            execute call;
        exception
            when insufficient_privilege then
                refused := true;
        end;
        assert refused, call;
    end loop;
end
$$;

-- check: claims without a user, or empty ones, are nobody
-- id: SU-08
set local role authenticated;
do $$
declare
    claims text;
    refused boolean;
begin
    foreach claims in array array['', '{}', '{"sub":"","role":"authenticated"}', '{"sub":null,"role":"service_role"}'] loop
        perform set_config('request.jwt.claims', claims, true);
        assert not private.is_admin(), claims;
        assert not private.is_service(), claims || ': a claim alone makes nobody trusted';
        assert not exists (select from public.user_setting), claims;
        assert not exists (select from public.subscription), claims;
        refused := false;
        begin
            perform public.check_quota('5ca1ab1e-0000-4000-8000-000000000002', 'sync');
        exception
            when insufficient_privilege then
                refused := true;
        end;
        assert refused, claims;
    end loop;
end
$$;

-- check: anon can call nothing, and read only public profiles and the price list
-- id: SV-1.R
set local role anon;
select set_config('request.jwt.claims', '{"role":"anon"}', true);
do $$
declare
    statement text;
    refused boolean;
begin
    foreach statement in array array[
        'select public.check_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'')',
        'select public.increment_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'')',
        'select public.decrement_quota(''5ca1ab1e-0000-4000-8000-000000000002'', ''sync'')',
        'select public.has_role(''5ca1ab1e-0000-4000-8000-000000000003'', ''admin'')',
        'select private.is_service()',
        'select private.assert_caller(''5ca1ab1e-0000-4000-8000-000000000002'')',
        'select from public.user_role',
        'select from public.user_setting',
        'select from public.subscription',
        'select from public.notification',
        'select from public.audit_log',
        'select from public.quota_usage_history',
        'select from public.cache_store',
        'select timezone from public.users',
        'select language from public.users',
        'select is_onboarded from public.users',
        'insert into public.users (id) values (gen_random_uuid())',
        'update public.users set bio = ''x''',
        'delete from public.users',
        'update public.subscription_tier set price_cents = 0',
        'insert into public.subscription_status (slug, display_name) values (''x'', ''x'')',
        'truncate public.users cascade',
        'create table public.mine (id integer)',
        'create table private.mine (id integer)'
    ] loop
        refused := false;
        begin
            execute statement;
        exception
            when insufficient_privilege then
                refused := true;
        end;
        assert refused, statement;
    end loop;

    assert (select count(*) from public.users where id = '5ca1ab1e-0000-4000-8000-000000000001') = 1, 'a public profile is invisible';
    assert exists (select from public.subscription_tier where slug = 'free'), 'the price list is invisible';
end
$$;

-- check: who may execute what is granted as documented, not only refused inside
-- id: SV-1.R
-- id: SU-04
do $$
declare
    expected record;
    price_list record;
begin
    for expected in
        select *
        from (
            values
                ('public.check_quota(uuid, text)', false, true),
                ('public.increment_quota(uuid, text, integer, text, uuid)', false, true),
                ('public.decrement_quota(uuid, text, integer, text)', false, false),
                ('public.has_role(uuid, public.app_role_enum)', false, true),
                ('private.is_admin()', true, true),
                ('private.is_service()', false, true),
                ('private.assert_caller(uuid)', false, true),
                ('private.quota_state(uuid, text)', false, false),
                ('private.change_quota(uuid, text, integer)', false, false),
                ('private.handle_new_user()', false, false),
                ('private.audit_user_role()', false, false)
        ) as f (signature, by_anon, by_user)
    loop
        assert has_function_privilege('anon', expected.signature, 'execute') = expected.by_anon, 'anon: ' || expected.signature;
        assert has_function_privilege('authenticated', expected.signature, 'execute') = expected.by_user,
            'authenticated: ' || expected.signature;
    end loop;

    for price_list in
        select *
        from (values ('subscription_tier'), ('subscription_status')) as t (name)
        cross join (values ('anon'), ('authenticated')) as r (role)
    loop
        assert has_table_privilege(price_list.role, 'public.' || price_list.name, 'select'), price_list::text;
        assert not has_table_privilege(price_list.role, 'public.' || price_list.name, 'insert, update, delete, truncate'), price_list::text;
    end loop;
end
$$;

-- check: a private profile is visible to nobody else
-- id: SV-1.R
update public.users set is_public = false where id = '5ca1ab1e-0000-4000-8000-000000000002';
set local role anon;
select set_config('request.jwt.claims', '{"role":"anon"}', true);
do $$
begin
    assert not exists (select from public.users where id = '5ca1ab1e-0000-4000-8000-000000000002'), 'visible to visitors';
end
$$;
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    assert not exists (select from public.users where id = '5ca1ab1e-0000-4000-8000-000000000002'), 'visible to other users';
    assert exists (select from public.users where id = auth.uid()), 'one''s own profile is invisible';
end
$$;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000002","role":"authenticated"}', true);
do $$
begin
    assert exists (select from public.users where id = auth.uid()), 'the owner cannot see it';
end
$$;

-- check: the two switches for a public profile cannot disagree
-- id: SV-1.T
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    update public.user_setting set is_profile_public = false where user_id = auth.uid();
    assert not (select is_public from public.users where id = auth.uid()), 'the setting has no effect';
    update public.users set is_public = true where id = auth.uid();
    assert (select is_profile_public from public.user_setting where user_id = auth.uid()), 'the setting did not follow';
    update public.users set is_public = false where id = auth.uid();
end
$$;
set local role service_role;
do $$
begin
    delete from public.user_setting where user_id = '5ca1ab1e-0000-4000-8000-000000000001';
    insert into public.user_setting (user_id) values ('5ca1ab1e-0000-4000-8000-000000000001');
    assert not (select is_public from public.users where id = '5ca1ab1e-0000-4000-8000-000000000001'),
        'new settings made a private profile public';
    assert not (select is_profile_public from public.user_setting where user_id = '5ca1ab1e-0000-4000-8000-000000000001'),
        'new settings disagree with the profile';
end
$$;

-- check: users change their profile and settings, and the time of the change is noted
-- id: SV-1.G
update public.users set updated_at = '2000-01-01' where id = '5ca1ab1e-0000-4000-8000-000000000001';
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    update public.users set display_name = 'One', profile_slug = 'verify-one', timezone = 'Europe/Paris', is_onboarded = true
    where id = auth.uid();
    assert found, 'a user cannot change his profile';
    assert (select updated_at = now() from public.users where id = auth.uid()), 'updated_at';
    update public.user_setting set sync_frequency_hours = 12 where user_id = auth.uid();
    assert found, 'a user cannot change his settings';
    insert into public.user_setting (user_id, is_weekly_digest_enabled) values (auth.uid(), false)
    on conflict (user_id) do update set is_weekly_digest_enabled = excluded.is_weekly_digest_enabled;
    assert not (select is_weekly_digest_enabled from public.user_setting where user_id = auth.uid()), 'upsert of settings';
end
$$;

-- check: every table with updated_at keeps it up to date
-- id: SV-1.G
do $$
declare
    missing text;
begin
    select string_agg(c.relname, ', ') into missing
    from pg_catalog.pg_class c
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'updated_at' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace
        and c.relname in (
            'users', 'user_role', 'user_setting', 'subscription_tier', 'subscription_status', 'subscription', 'notification',
            'audit_log', 'quota_usage_history', 'cache_store'
        )
        and not exists (
            select
            from pg_catalog.pg_trigger t
            where t.tgrelid = c.oid and t.tgfoid = 'private.set_updated_at()'::regprocedure and t.tgenabled = 'O'
        );
    assert missing is null, missing;
end
$$;

-- check: nobody raises his own standing
-- id: SV-1.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated","user_role":"admin","app_metadata":{"role":"admin"}}', true);
do $$
declare
    statement text;
    refused boolean;
begin
    foreach statement in array array[
        'insert into public.user_role (user_id, role) values (auth.uid(), ''admin'')',
        'insert into public.user_role (user_id, role, granted_by) values (auth.uid(), ''moderator'', auth.uid())',
        'update public.user_role set role = ''admin'' where user_id = auth.uid()',
        'update public.users set is_verified = true where id = auth.uid()',
        'update public.users set total_followers_count = 1000000 where id = auth.uid()',
        'update public.users set profile_views_count = 1000000 where id = auth.uid()',
        'update public.users set profile_clicks_count = 1000000 where id = auth.uid()',
        'update public.users set created_at = ''2000-01-01'' where id = auth.uid()',
        'update public.users set id = gen_random_uuid() where id = auth.uid()',
        'insert into public.users (id) values (gen_random_uuid())',
        'delete from public.users where id = auth.uid()',
        'insert into public.subscription (user_id, tier_id, status_id, cycle_start_date, cycle_end_date)
         select auth.uid(), t.id, s.id, now(), now() + interval ''1 month''
         from public.subscription_tier t, public.subscription_status s where t.slug = ''premium'' and s.slug = ''active''',
        'update public.subscription_tier set max_syncs_per_month = 1000000',
        'insert into public.subscription_tier (slug, display_name) values (''mine'', ''Mine'')',
        'insert into public.notification (user_id, title, message) values (auth.uid(), ''x'', ''x'')',
        'insert into public.audit_log (user_id, action, entity_type) values (auth.uid(), ''x'', ''x'')',
        'delete from public.audit_log',
        'update public.audit_log set action = ''x''',
        'delete from public.quota_usage_history',
        'select from public.cache_store',
        'insert into public.cache_store (key, value, category) values (''x'', ''{}'', ''stripe'')',
        'create table public.mine (id integer)',
        'create function private.is_admin() returns boolean language sql as ''select true'''
    ] loop
        refused := false;
        begin
            execute statement;
        exception
            when insufficient_privilege then
                refused := true;
        end;
        assert refused, statement;
    end loop;
    assert not private.is_admin(), 'a claim makes an administrator';
    assert not private.is_service(), 'a user counts as the service role';
end
$$;

-- check: a user cannot change or remove his own subscription
-- id: SV-1.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000002","role":"authenticated"}', true);
do $$
begin
    assert exists (select from public.subscription where user_id = auth.uid()), 'one''s own subscription is invisible';
    update public.subscription
    set syncs_used = 0, tier_id = (select id from public.subscription_tier where slug = 'premium')
    where user_id = auth.uid();
    assert not found, 'a user changed his own subscription';
    delete from public.subscription where user_id = auth.uid();
    assert not found, 'a user deleted his own subscription';
end
$$;

-- check: another user's rows are invisible and out of reach
-- id: SV-1.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    assert not exists (select from public.user_setting where user_id <> auth.uid()), 'settings';
    assert not exists (select from public.user_role where user_id <> auth.uid()), 'roles';
    assert not exists (select from public.subscription where user_id <> auth.uid()), 'subscription';
    assert not exists (select from public.notification where user_id <> auth.uid()), 'notifications';
    assert not exists (select from public.audit_log where user_id is distinct from auth.uid()), 'audit log';
    assert not exists (select from public.quota_usage_history where user_id <> auth.uid()), 'quota history';

    update public.users set bio = 'defaced' where id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert not found, 'another profile can be changed';
    update public.user_setting set is_analytics_enabled = false where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert not found, 'another user''s settings can be changed';
    update public.notification set is_read = true where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert not found, 'another user''s notification can be marked';
    delete from public.notification where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert not found, 'another user''s notification can be deleted';
    delete from public.user_role where user_id = '5ca1ab1e-0000-4000-8000-000000000003';
    assert not found, 'another user''s role can be taken';
    delete from public.user_role where user_id = auth.uid();
    assert not found, 'roles can be laid down, and with them what is known about an account';
end
$$;

-- check: a change without a condition reaches one's own rows only
-- id: SV-1.R
insert into public.notification (user_id, title, message)
values ('5ca1ab1e-0000-4000-8000-000000000001', 'Welcome', 'Hello.');
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    statement text;
    changed bigint;
begin
    -- Without a condition the policy for reading does not come in: the one for changing has to hold by itself.
    foreach statement in array array[
        'update public.users set bio = ''mine''',
        'update public.user_setting set is_analytics_enabled = false',
        'update public.notification set is_read = true',
        'delete from public.notification'
    ] loop
        execute statement;
        get diagnostics changed = row_count;
        assert changed = 1, format('%s: %s rows', statement, changed);
    end loop;

    foreach statement in array array['update public.subscription set syncs_used = 0', 'delete from public.subscription', 'delete from public.user_role'] loop
        execute statement;
        get diagnostics changed = row_count;
        assert changed = 0, format('%s: %s rows', statement, changed);
    end loop;
end
$$;

-- check: settings cannot be given away or taken over
-- id: SV-1.R
delete from public.user_setting where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    statement text;
    refused boolean;
begin
    foreach statement in array array[
        'insert into public.user_setting (user_id) values (''5ca1ab1e-0000-4000-8000-000000000002'')',
        'update public.user_setting set user_id = ''5ca1ab1e-0000-4000-8000-000000000002'' where user_id = auth.uid()'
    ] loop
        refused := false;
        begin
            execute statement;
        exception
            when insufficient_privilege then
                refused := true;
        end;
        assert refused, statement;
    end loop;
end
$$;

-- check: the recipient marks a notification read or deletes it, and changes nothing else in it
-- id: SV-1.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000002","role":"authenticated"}', true);
do $$
declare
    refused boolean := false;
begin
    update public.notification set is_read = true, read_at = now() where user_id = auth.uid();
    assert found, 'cannot be marked';
    begin
        update public.notification set message = 'other' where user_id = auth.uid();
    exception
        when insufficient_privilege then
            refused := true;
    end;
    assert refused, 'the text can be changed';
    delete from public.notification where user_id = auth.uid();
    assert found, 'cannot be deleted';
    assert exists (select from public.audit_log where user_id = auth.uid()), 'one''s own audit entries are invisible';
    assert exists (select from public.quota_usage_history where user_id = auth.uid()), 'one''s own quota history is invisible';
end
$$;

-- check: an administrator grants and revokes under his own name, and that is noted
-- id: SV-1.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000003","role":"authenticated"}', true);
do $$
declare
    refused boolean := false;
begin
    assert public.has_role(auth.uid(), 'admin'), 'the administrator is none';
    assert not public.has_role('5ca1ab1e-0000-4000-8000-000000000001', 'admin'), 'administrators may ask about others';

    insert into public.user_role (user_id, role, granted_by)
    values ('5ca1ab1e-0000-4000-8000-000000000001', 'moderator', auth.uid());
    assert public.has_role('5ca1ab1e-0000-4000-8000-000000000001', 'moderator'), 'granted';

    begin
        insert into public.user_role (user_id, role, granted_by)
        values ('5ca1ab1e-0000-4000-8000-000000000001', 'admin', '5ca1ab1e-0000-4000-8000-000000000002');
    exception
        when insufficient_privilege then
            refused := true;
    end;
    assert refused, 'a role can be granted in somebody else''s name';

    delete from public.user_role where user_id = '5ca1ab1e-0000-4000-8000-000000000001' and role = 'moderator';
    assert not public.has_role('5ca1ab1e-0000-4000-8000-000000000001', 'moderator'), 'revoked';

    assert (
        select array_agg(action order by action) from public.audit_log
        where entity_type = 'user_role' and user_id = auth.uid() and entity_id = '5ca1ab1e-0000-4000-8000-000000000001'
    ) = array['role.granted', 'role.revoked'], 'grants and revocations are not noted';
end
$$;

-- check: an administrator sees private profiles, verifies users and manages subscriptions
-- id: SV-1.R
update public.users set is_public = false where id = '5ca1ab1e-0000-4000-8000-000000000002';
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000003","role":"authenticated"}', true);
do $$
begin
    update public.users set is_verified = true where id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert found, 'cannot verify a private profile';
    update public.subscription set tier_id = (select id from public.subscription_tier where slug = 'premium')
    where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert found, 'cannot change a subscription';
    delete from public.subscription where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert found, 'cannot delete a subscription';
    insert into public.subscription (user_id, tier_id, status_id, cycle_start_date, cycle_end_date)
    select '5ca1ab1e-0000-4000-8000-000000000002', t.id, s.id, now(), now() + interval '1 month'
    from public.subscription_tier t, public.subscription_status s
    where t.slug = 'premium' and s.slug = 'active';
    assert exists (select from public.audit_log where user_id = '5ca1ab1e-0000-4000-8000-000000000002'), 'cannot read the audit log';
    assert not exists (select from public.notification where user_id <> auth.uid()), 'reads other people''s messages';
end
$$;

-- check: row level security is on and no function leaves its search path open
-- id: SV-1.R
-- id: SV-18
do $$
declare
    found_open text;
begin
    select string_agg(c.relname, ', ') into found_open
    from pg_catalog.pg_class c
    where c.relnamespace = 'public'::regnamespace
        and c.relname in (
            'users', 'user_role', 'user_setting', 'subscription_tier', 'subscription_status', 'subscription', 'notification',
            'audit_log', 'quota_usage_history', 'cache_store'
        )
        and not c.relrowsecurity;
    assert found_open is null, found_open;

    select string_agg(p.oid::regprocedure::text, ', ') into found_open
    from pg_catalog.pg_proc p
    where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
        and p.proname in (
            'is_service', 'is_admin', 'assert_caller', 'set_updated_at', 'handle_new_user', 'guard_user_verification',
            'sync_profile_visibility', 'audit_user_role', 'quota_state', 'change_quota', 'check_quota', 'increment_quota',
            'decrement_quota', 'has_role'
        )
        and not coalesce(p.proconfig @> array['search_path=""'], false);
    assert found_open is null, found_open;
end
$$;

-- check: no table of this phase has a column for personal data or a token
-- id: SV-1.V
-- id: SV-2.B
do $$
declare
    suspicious text;
begin
    select string_agg(a.attrelid::regclass || '.' || a.attname, ', ') into suspicious
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace
        and c.relname in (
            'users', 'user_role', 'user_setting', 'subscription_tier', 'subscription_status', 'subscription', 'notification',
            'audit_log', 'quota_usage_history', 'cache_store'
        )
        and a.attnum > 0
        and not a.attisdropped
        and a.attname ~ '(^|_)(email|phone|full_name|first_name|last_name|birth|location|address|password|token|secret)($|_)'
        -- Where a request came from, in the audit log alone; a switch named after e-mail is no e-mail address.
        and (c.relname, a.attname) not in (('audit_log', 'ip_address'), ('user_setting', 'is_email_notifications_enabled'));
    assert suspicious is null, suspicious;
end
$$;

-- check: values that make no sense are refused
-- id: SV-1.T
do $$
declare
    statement text;
    refused boolean;
begin
    foreach statement in array array[
        'update public.users set profile_slug = ''Two Words'' where id = ''5ca1ab1e-0000-4000-8000-000000000001''',
        'update public.users set website_url = ''javascript:alert(1)'' where id = ''5ca1ab1e-0000-4000-8000-000000000001''',
        'update public.users set language = ''x'' where id = ''5ca1ab1e-0000-4000-8000-000000000001''',
        'update public.users set total_followers_count = -1 where id = ''5ca1ab1e-0000-4000-8000-000000000001''',
        'update public.user_setting set sync_frequency_hours = 0 where user_id = ''5ca1ab1e-0000-4000-8000-000000000001''',
        'update public.subscription set syncs_used = -1 where user_id = ''5ca1ab1e-0000-4000-8000-000000000002''',
        'update public.subscription set cycle_end_date = cycle_start_date where user_id = ''5ca1ab1e-0000-4000-8000-000000000002''',
        'update public.subscription_tier set max_syncs_per_month = -1 where slug = ''free'''
    ] loop
        refused := false;
        begin
            execute statement;
        exception
            when check_violation then
                refused := true;
        end;
        assert refused, statement;
    end loop;

    update public.users set profile_slug = 'verify-taken' where id = '5ca1ab1e-0000-4000-8000-000000000001';
    refused := false;
    begin
        update public.users set profile_slug = 'verify-taken' where id = '5ca1ab1e-0000-4000-8000-000000000002';
    exception
        when unique_violation then
            refused := true;
    end;
    assert refused, 'two users have the same slug';
end
$$;

-- check: the service role is trusted, also where it calls for somebody
-- id: SV-1.F
set local role service_role;
select set_config('request.jwt.claims', '{"role":"service_role"}', true);
do $$
begin
    assert private.is_service(), 'the service role is not trusted';
    assert public.check_quota('5ca1ab1e-0000-4000-8000-000000000002', 'sync'), 'check_quota for a user';
    assert public.has_role('5ca1ab1e-0000-4000-8000-000000000003', 'admin'), 'has_role for a user';
    update public.users set total_followers_count = 5 where id = '5ca1ab1e-0000-4000-8000-000000000001';
    assert found, 'the service role cannot write counters';
    assert exists (select from public.cache_store where key = 'verify:cache'), 'the service role cannot read the cache';
end
$$;
