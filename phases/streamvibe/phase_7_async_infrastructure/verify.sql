-- Behaviour of phase 7. Users: …701 and …702 are ordinary, …703 is an admin.

insert into auth.users (id, email) values
    ('00000000-0000-4000-8000-000000000701', 'one@phase7.example'),
    ('00000000-0000-4000-8000-000000000702', 'two@phase7.example'),
    ('00000000-0000-4000-8000-000000000703', 'admin@phase7.example');
insert into public.user_role (user_id, role) values ('00000000-0000-4000-8000-000000000703', 'admin');

-- check: the four tables exist, each with row level security
-- id: SV-7.T
do $$
begin
    assert (
        select count(*)
        from pg_class c
        where c.oid in (
                'public.job_type'::regclass,
                'public.job_queue'::regclass,
                'public.job_log'::regclass,
                'public.stripe_webhook_events'::regclass
            )
            and c.relrowsecurity
    ) = 4, 'a table without row level security';
end $$;

-- check: the 24 functions have the documented arguments and results
-- id: SV-7.F
do $$
declare
    wrong text;
begin
    select string_agg(f.name || ': ' || coalesce(pg_get_function_arguments(p.oid) || ' -> ' || pg_get_function_result(p.oid), 'missing'), E'\n')
    into wrong
    from (
        values
            ('create_job', 'p_user_id uuid, p_job_type text, p_params jsonb DEFAULT ''{}''::jsonb, p_priority integer DEFAULT 5, p_scheduled_for timestamp with time zone DEFAULT now()', 'uuid'),
            ('start_job', 'p_job_id uuid, p_worker_id text', 'boolean'),
            ('update_job_progress', 'p_job_id uuid, p_progress_percent integer, p_progress_message text DEFAULT NULL::text', 'boolean'),
            ('complete_job', 'p_job_id uuid, p_result jsonb DEFAULT NULL::jsonb', 'boolean'),
            ('fail_job', 'p_job_id uuid, p_error_message text, p_error_code text DEFAULT ''JOB_ERROR''::text, p_error_details jsonb DEFAULT NULL::jsonb', 'boolean'),
            ('cancel_job', 'p_job_id uuid, p_user_id uuid', 'boolean'),
            ('add_job_log', 'p_job_id uuid, p_log_level text, p_message text, p_metadata jsonb DEFAULT NULL::jsonb', 'uuid'),
            ('get_user_jobs', 'p_user_id uuid, p_status text DEFAULT NULL::text, p_job_type text DEFAULT NULL::text, p_limit integer DEFAULT 50, p_offset integer DEFAULT 0', 'TABLE(job_id uuid, job_type text, status text, progress_percent integer, progress_message text, error_message text, error_code text, result jsonb, created_at timestamp with time zone, started_at timestamp with time zone, completed_at timestamp with time zone, total_count bigint)'),
            ('get_job_logs', 'p_job_id uuid, p_user_id uuid, p_log_level text DEFAULT NULL::text, p_limit integer DEFAULT 100, p_offset integer DEFAULT 0', 'TABLE(log_id uuid, log_level text, message text, metadata jsonb, created_at timestamp with time zone, total_count bigint)'),
            ('find_or_create_job', 'p_user_id uuid, p_job_type text, p_params jsonb DEFAULT ''{}''::jsonb, p_priority integer DEFAULT 5, p_dedupe_window interval DEFAULT ''00:05:00''::interval', 'TABLE(job_id uuid, is_new boolean, existing_status text)'),
            ('get_cached_job_result', 'p_user_id uuid, p_job_type text, p_params jsonb, p_cache_ttl interval DEFAULT ''01:00:00''::interval', 'TABLE(job_id uuid, result jsonb, completed_at timestamp with time zone, age interval)'),
            ('get_job_queue_stats', 'p_user_id uuid DEFAULT NULL::uuid', 'TABLE(total_jobs bigint, pending_jobs bigint, processing_jobs bigint, completed_jobs bigint, failed_jobs bigint, avg_processing_time interval, total_errors bigint, jobs_by_type jsonb)'),
            ('retry_failed_jobs', '', 'TABLE(retried_job_id uuid, job_type text)'),
            ('cleanup_old_jobs', '', 'TABLE(deleted_count bigint)'),
            ('expire_stale_jobs', '', 'TABLE(expired_job_id uuid)'),
            ('detect_stuck_jobs', '', 'TABLE(stuck_job_id uuid, stuck_duration interval)'),
            ('log_stripe_webhook_event', 'p_stripe_event_id text, p_event_type text, p_event_data jsonb', 'uuid'),
            ('mark_webhook_processed', 'p_stripe_event_id text, p_error_message text DEFAULT NULL::text', 'void'),
            ('retry_failed_webhooks', 'p_max_retries integer DEFAULT 3', 'TABLE(event_id uuid, stripe_event_id text, event_type text, retry_count integer)'),
            ('cleanup_old_webhook_events', 'p_days_old integer DEFAULT 90', 'integer'),
            ('cache_stripe_data', 'p_cache_key text, p_data jsonb, p_ttl_seconds integer DEFAULT 3600', 'void'),
            ('get_cached_stripe_data', 'p_cache_key text', 'jsonb'),
            ('invalidate_stripe_cache', 'p_pattern text DEFAULT ''%''::text', 'integer'),
            ('invalidate_stripe_cache_from_webhook', 'p_event_type text, p_object_id text', 'void')
    ) as f (name, arguments, result)
    left join pg_proc p on p.proname = f.name and p.pronamespace = 'public'::regnamespace
    where p.oid is null
        or pg_get_function_arguments(p.oid) <> f.arguments
        or pg_get_function_result(p.oid) <> f.result;
    assert wrong is null, wrong;
end $$;

-- check: every job type is in the one list, and the queue takes it
-- id: SV-7.S
-- id: SV-14
set local role service_role;
do $$
declare
    slugs text[] := array[
        'sync_youtube', 'sync_instagram', 'sync_tiktok', 'ai_generate_tags', 'ai_bulk_tag', 'auto_sync', 'follower_sync',
        'platform_sync', 'ai_analysis', 'seo_submission', 'quota_reset', 'token_refresh'
    ];
    slug text;
begin
    foreach slug in array slugs loop
        perform public.cancel_job(
            public.create_job('00000000-0000-4000-8000-000000000701', slug),
            '00000000-0000-4000-8000-000000000701'
        );
    end loop;
    assert (select count(*) from public.job_type) >= 12, 'types are missing';
    begin
        insert into public.job_queue (user_id, job_type) values ('00000000-0000-4000-8000-000000000701', 'mine_bitcoin');
        assert false, 'the queue took a type that is not in the list';
    exception
        when foreign_key_violation then null;
    end;
end $$;

-- check: the document's steps: create, list, find again
-- id: SV-7.V
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
declare
    v_id uuid;
    job record;
    found_job record;
begin
    v_id := public.create_job(auth.uid(), 'sync_youtube', '{}'::jsonb, 5);

    select * into strict job from public.get_user_jobs(auth.uid(), null, null, 10, 0);
    assert job.job_id = v_id, 'another job is listed';
    assert (job.job_type, job.status, job.progress_percent, job.total_count) = ('sync_youtube', 'pending', 0, 1::bigint), job::text;

    select * into strict found_job from public.find_or_create_job(auth.uid(), 'sync_youtube', '{}'::jsonb);
    assert found_job.job_id = v_id and not found_job.is_new and found_job.existing_status = 'pending', found_job::text;
    assert (select count(*) from public.job_queue) = 1, 'a second job was made';
end $$;

-- check: only the same request within the window is the same job
-- id: SV-7.V
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
declare
    first_id uuid := (select job_id from public.find_or_create_job(auth.uid(), 'sync_youtube', '{"account": 1, "full": true}'));
begin
    assert (select not is_new from public.find_or_create_job(auth.uid(), 'sync_youtube', '{"full": true, "account": 1}')),
        'the order of the keys made a difference';
    assert (select is_new and existing_status is null from public.find_or_create_job(auth.uid(), 'sync_youtube', '{"account": 2}')),
        'other params were taken for the same';
    assert (select is_new from public.find_or_create_job(auth.uid(), 'sync_tiktok', '{"account": 1, "full": true}')),
        'another type was taken for the same';
    assert (select is_new from public.find_or_create_job(auth.uid(), 'sync_youtube', '{"account": 1, "full": true}', 5, interval '0')),
        'a job outside the window was found';
    assert public.cancel_job(first_id, auth.uid()), 'not cancelled';
end $$;
reset role;
update public.job_queue set created_at = now() - interval '6 minutes';
set local role authenticated;
do $$
begin
    assert (select is_new from public.find_or_create_job(auth.uid(), 'sync_youtube', '{"account": 2}')), 'six minutes old, and found';
end $$;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000702","role":"authenticated"}', true);
do $$
begin
    assert (select is_new from public.find_or_create_job(auth.uid(), 'sync_youtube', '{"account": 2}')), 'got another user''s job';
end $$;

-- check: a job that has ended is not found again
-- id: SV-7.V
set local role service_role;
do $$
declare
    u uuid := '00000000-0000-4000-8000-000000000701';
    v_id uuid := public.create_job(u, 'ai_analysis');
begin
    assert public.start_job(v_id, 'w');
    assert (select not is_new and existing_status = 'processing' from public.find_or_create_job(u, 'ai_analysis')), 'processing, but not found';
    assert public.complete_job(v_id);
    assert (select is_new from public.find_or_create_job(u, 'ai_analysis')), 'completed, but found';
end $$;

-- check: ten jobs at a time, the eleventh is refused
-- id: SV-7.V
-- id: SV-7.F
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
declare
    v_id uuid;
begin
    for i in 1..10 loop
        v_id := public.create_job(auth.uid(), 'sync_youtube', jsonb_build_object('i', i));
    end loop;
    begin
        perform public.create_job(auth.uid(), 'sync_youtube');
        assert false, 'an eleventh job was accepted';
    exception
        when sqlstate 'PT429' then null;
    end;
    begin
        perform public.find_or_create_job(auth.uid(), 'sync_youtube', '{"i": 11}');
        assert false, 'an eleventh job was accepted through find_or_create_job';
    exception
        when sqlstate 'PT429' then null;
    end;
    assert public.cancel_job(v_id, auth.uid());
    v_id := public.create_job(auth.uid(), 'sync_youtube');
    assert (select count(*) from public.job_queue where status = 'pending') = 10;
end $$;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000702","role":"authenticated"}', true);
select public.create_job(auth.uid(), 'sync_youtube');

-- check: the limit counts processing jobs, and not those that can no longer start
-- id: SV-7.V
set local role service_role;
do $$
declare
    u uuid := '00000000-0000-4000-8000-000000000701';
begin
    for i in 1..10 loop
        assert public.start_job(public.create_job(u, 'sync_youtube'), 'w');
    end loop;
    begin
        perform public.create_job(u, 'sync_youtube');
        assert false, 'processing jobs do not count';
    exception
        when sqlstate 'PT429' then null;
    end;
    update public.job_queue
    set status = 'pending', started_at = null, expires_at = now() - interval '1 second'
    where user_id = u;
    perform public.create_job(u, 'sync_youtube');
    assert (select count(*) from public.job_queue where user_id = u and error_code = 'JOB_EXPIRED') = 10, 'expired jobs still fill the queue';
end $$;

-- check: a request that makes no sense is a clear error
-- id: SV-7.F
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
declare
    v_message text;
begin
    begin
        perform public.create_job(auth.uid(), 'mine_bitcoin');
        assert false, 'unknown type accepted';
    exception
        when invalid_parameter_value then
            get stacked diagnostics v_message = message_text;
            assert v_message = 'unknown job type ''mine_bitcoin''', v_message;
    end;
    begin
        perform public.create_job(auth.uid(), null);
        assert false, 'no type accepted';
    exception
        when invalid_parameter_value then null;
    end;
    begin
        perform public.create_job(auth.uid(), 'sync_youtube', '{}', 11);
        assert false, 'priority 11 accepted';
    exception
        when invalid_parameter_value then null;
    end;
    begin
        perform public.create_job(auth.uid(), 'sync_youtube', '[1]');
        assert false, 'params that are a list accepted';
    exception
        when invalid_parameter_value then null;
    end;
    begin
        perform public.create_job(auth.uid(), 'sync_youtube', jsonb_build_object('x', repeat('x', 65536)));
        assert false, 'params of more than 64 kB accepted';
    exception
        when invalid_parameter_value then null;
    end;
    begin
        perform public.create_job(auth.uid(), 'sync_youtube', '{}', 5, 'infinity');
        assert false, 'a job for the end of time accepted';
    exception
        when invalid_parameter_value then null;
    end;
end $$;

-- check: a type that is switched off takes no new jobs
-- id: SV-7.S
update public.job_type set is_active = false where slug = 'sync_tiktok';
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
begin
    perform public.create_job(auth.uid(), 'sync_tiktok');
    assert false, 'accepted';
exception
    when object_not_in_prerequisite_state then null;
end $$;

-- check: a user cannot ask for jobs that are the service's
-- id: SV-7.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
declare
    slug text;
begin
    foreach slug in array array['quota_reset', 'token_refresh'] loop
        begin
            perform public.create_job(auth.uid(), slug);
            assert false, slug || ' accepted';
        exception
            when insufficient_privilege then null;
        end;
        begin
            perform public.find_or_create_job(auth.uid(), slug);
            assert false, slug || ' accepted through find_or_create_job';
        exception
            when insufficient_privilege then null;
        end;
    end loop;
end $$;

-- check: no function trusts another user's id
-- id: SV-7.R
select public.create_job('00000000-0000-4000-8000-000000000702', 'sync_youtube');
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
declare
    call text;
    victim text;
begin
    foreach victim in array array['''00000000-0000-4000-8000-000000000702''', 'null'] loop
        foreach call in array array[
            'create_job(%s, ''sync_youtube'')',
            'find_or_create_job(%s, ''sync_youtube'')',
            'cancel_job(gen_random_uuid(), %s)',
            'get_user_jobs(%s)',
            'get_job_logs(gen_random_uuid(), %s)',
            'get_cached_job_result(%s, ''sync_youtube'', ''{}'')',
            'get_job_queue_stats(%s)'
        ] loop
            begin
                execute 'select public.' || format(call, victim);
                assert false, format(call, victim) || ' was allowed';
            exception
                when insufficient_privilege or null_value_not_allowed or invalid_parameter_value then null;
            end;
        end loop;
    end loop;
end $$;

-- check: each function can be executed by exactly those it is for
-- id: SV-7.R
-- id: SU-04
do $$
declare
    wrong text;
    for_users text[] := array[
        'create_job', 'find_or_create_job', 'cancel_job', 'get_user_jobs', 'get_job_logs', 'get_cached_job_result',
        'get_job_queue_stats'
    ];
begin
    select string_agg(p.proname, ', ') into wrong
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace
        and p.proname in (
            'create_job', 'start_job', 'update_job_progress', 'complete_job', 'fail_job', 'cancel_job', 'add_job_log',
            'get_user_jobs', 'get_job_logs', 'find_or_create_job', 'get_cached_job_result', 'get_job_queue_stats',
            'retry_failed_jobs', 'cleanup_old_jobs', 'expire_stale_jobs', 'detect_stuck_jobs', 'log_stripe_webhook_event',
            'mark_webhook_processed', 'retry_failed_webhooks', 'cleanup_old_webhook_events', 'cache_stripe_data',
            'get_cached_stripe_data', 'invalidate_stripe_cache', 'invalidate_stripe_cache_from_webhook'
        )
        and (
            has_function_privilege('anon', p.oid, 'execute')
            or has_function_privilege('authenticated', p.oid, 'execute') <> (p.proname = any (for_users))
            or not has_function_privilege('service_role', p.oid, 'execute')
        );
    assert wrong is null, wrong;
end $$;

-- check: an anonymous visitor can call nothing and see nothing
-- id: SV-7.R
set local role anon;
select set_config('request.jwt.claims', '{"role":"anon"}', true);
do $$
declare
    attempt text;
begin
    foreach attempt in array array[
        'select public.create_job(''00000000-0000-4000-8000-000000000701'', ''sync_youtube'')',
        'select public.log_stripe_webhook_event(''evt_forged'', ''customer.subscription.created'', ''{}'')',
        'select public.cache_stripe_data(''stripe:product:forged'', ''{}'')',
        'select public.get_job_queue_stats()',
        'select from public.job_type',
        'select from public.job_queue',
        'select from public.job_log',
        'select from public.stripe_webhook_events',
        'insert into public.job_queue (user_id, job_type) values (''00000000-0000-4000-8000-000000000701'', ''sync_youtube'')'
    ] loop
        begin
            execute attempt;
            assert false, attempt || ' was allowed';
        exception
            when insufficient_privilege then null;
        end;
    end loop;
end $$;

-- check: a job goes to one worker only, and only when it is due
-- id: SV-7.F
set local role service_role;
do $$
declare
    u uuid := '00000000-0000-4000-8000-000000000701';
    v_id uuid := public.create_job(u, 'sync_youtube');
    later uuid := public.create_job(u, 'sync_youtube', '{}', 5, now() + interval '2 days');
    cancelled uuid := public.create_job(u, 'sync_youtube');
    expired uuid := public.create_job(u, 'sync_youtube');
    job public.job_queue;
begin
    assert public.start_job(v_id, 'worker-1'), 'the first worker did not get it';
    assert not public.start_job(v_id, 'worker-2'), 'a second worker got it';
    select * into job from public.job_queue where id = v_id;
    assert (job.status, job.worker_id) = ('processing', 'worker-1') and job.started_at is not null, job::text;

    assert not public.start_job(later, 'worker-1'), 'started before its time';
    assert (select expires_at = scheduled_for + interval '24 hours' from public.job_queue where id = later),
        'a job for later expires before it may start';

    assert public.cancel_job(cancelled, u) and not public.start_job(cancelled, 'worker-1'), 'a cancelled job was started';
    update public.job_queue set expires_at = now() where id = expired;
    assert not public.start_job(expired, 'worker-1'), 'an expired job was started';
    assert not public.start_job(gen_random_uuid(), 'worker-1'), 'a job that does not exist was started';
    begin
        perform public.start_job(v_id, '  ');
        assert false, 'a nameless worker was accepted';
    exception
        when invalid_parameter_value then null;
    end;
end $$;

-- check: progress is recorded while the job is processing, and at no other time
-- id: SV-7.F
set local role service_role;
do $$
declare
    v_id uuid := public.create_job('00000000-0000-4000-8000-000000000701', 'sync_youtube');
begin
    assert not public.update_job_progress(v_id, 10), 'a pending job made progress';
    perform public.start_job(v_id, 'w');
    assert public.update_job_progress(v_id, 40, 'Fetching videos'), 'no progress';
    assert public.update_job_progress(v_id, 50), 'no progress';
    assert (select (progress_percent, progress_message) = (50, 'Fetching videos') from public.job_queue where id = v_id);
    begin
        perform public.update_job_progress(v_id, 101);
        assert false, '101 percent';
    exception
        when invalid_parameter_value then null;
    end;
    perform public.complete_job(v_id);
    assert not public.update_job_progress(v_id, 60), 'a completed job made progress';
end $$;

-- check: a job is completed with a result of any size
-- id: SV-7.G
-- id: SV-7.F
set local role service_role;
do $$
declare
    v_id uuid := public.create_job('00000000-0000-4000-8000-000000000701', 'sync_youtube');
    big jsonb := jsonb_build_object('data', (select string_agg(md5(i::text), '') from generate_series(1, 32768) i));
    job public.job_queue;
begin
    assert length(big::text) > 1024 * 1024;
    assert not public.complete_job(v_id, big), 'completed a job that never started';
    perform public.start_job(v_id, 'w');
    assert public.update_job_progress(v_id, 1, repeat('long ', 20000)), 'no progress with a long message';
    assert public.complete_job(v_id, big), 'not completed';
    select * into job from public.job_queue where id = v_id;
    assert job.status = 'completed' and job.progress_percent = 100 and job.completed_at is not null and job.result = big;
    assert not public.complete_job(v_id, '{}'), 'completed twice';
end $$;

-- check: a failure is recorded in the job and in its log
-- id: SV-7.F
set local role service_role;
do $$
declare
    v_id uuid := public.create_job('00000000-0000-4000-8000-000000000701', 'sync_youtube');
    job public.job_queue;
begin
    assert not public.fail_job(v_id, 'too early'), 'failed a job that never started';
    perform public.start_job(v_id, 'w');
    assert public.fail_job(v_id, 'The token was refused', 'HTTP_401', '{"attempt": 1}'), 'not failed';
    select * into job from public.job_queue where id = v_id;
    assert (job.status, job.error_message, job.error_code, job.error_details)
        = ('failed', 'The token was refused', 'HTTP_401', '{"attempt": 1}'::jsonb) and job.completed_at is not null, job::text;
    assert (
        select log_level = 'error' and message = 'The token was refused' and metadata ->> 'error_code' = 'HTTP_401'
        from public.job_log
        where job_id = v_id
    ), 'the log does not know';
    assert not public.fail_job(v_id, 'again'), 'failed twice';
end $$;

-- check: a user cancels own jobs, pending or processing, and no others
-- id: SV-7.F
-- id: SV-7.R
set local role service_role;
create temporary table job on commit drop as
select 'pending' as name, public.create_job('00000000-0000-4000-8000-000000000701', 'sync_youtube') as id
union all
select 'processing', public.create_job('00000000-0000-4000-8000-000000000701', 'sync_youtube')
union all
select 'completed', public.create_job('00000000-0000-4000-8000-000000000701', 'sync_youtube')
union all
select 'other', public.create_job('00000000-0000-4000-8000-000000000702', 'sync_youtube');
select public.start_job(id, 'w') from job where name in ('processing', 'completed');
select public.complete_job(id) from job where name = 'completed';
grant select on job to authenticated;
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
begin
    assert public.cancel_job((select id from job where name = 'pending'), auth.uid()), 'pending';
    assert public.cancel_job((select id from job where name = 'processing'), auth.uid()), 'processing';
    assert not public.cancel_job((select id from job where name = 'completed'), auth.uid()), 'completed';
    assert not public.cancel_job((select id from job where name = 'pending'), auth.uid()), 'cancelled twice';
    assert not public.cancel_job((select id from job where name = 'other'), auth.uid()), 'another user''s';
end $$;
set local role service_role;
do $$
begin
    assert (select status from public.job_queue where id = (select id from job where name = 'other')) = 'pending', 'another user''s job was touched';
    assert not public.complete_job((select id from job where name = 'processing')), 'the worker completed a cancelled job';
end $$;

-- check: users read their own jobs, and write none directly
-- id: SV-7.R
select public.create_job('00000000-0000-4000-8000-000000000701', 'sync_youtube');
select public.create_job('00000000-0000-4000-8000-000000000702', 'sync_tiktok');
select public.add_job_log(id, 'info', 'line') from public.job_queue where user_id::text like '00000000-0000-4000-8000-00000000070_';
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
declare
    attempt text;
begin
    assert (select array_agg(job_type) from public.job_queue) = array['sync_youtube'], 'not exactly the own job';
    assert (select count(*) from public.job_log) = 1, 'not exactly the own log';
    assert (select count(*) from public.job_type) >= 12, 'the types are not readable';
    foreach attempt in array array[
        'insert into public.job_queue (user_id, job_type) values (auth.uid(), ''sync_youtube'')',
        'update public.job_queue set status = ''cancelled'', completed_at = now() where user_id = auth.uid()',
        'update public.job_queue set job_priority = 10 where user_id = auth.uid()',
        'delete from public.job_queue where user_id = auth.uid()',
        'insert into public.job_log (job_id, log_level, message) select id, ''error'', ''forged'' from public.job_queue',
        'delete from public.job_log where true',
        'update public.job_type set is_active = false where true',
        'insert into public.job_type (slug, display_name) values (''mine_bitcoin'', ''x'')',
        'select public.complete_job(gen_random_uuid(), ''{}'')',
        'select public.retry_failed_jobs()',
        'select private.expire_jobs(null)',
        'select private.lock_jobs_of(''00000000-0000-4000-8000-000000000702'')'
    ] loop
        begin
            execute attempt;
            assert false, attempt || ' was allowed';
        exception
            when insufficient_privilege then null;
        end;
    end loop;
end $$;

-- check: admins see every job, log and webhook event; other users no webhook event
-- id: SV-7.R
select public.add_job_log(public.create_job('00000000-0000-4000-8000-000000000701', 'sync_youtube'), 'info', 'line');
select public.log_stripe_webhook_event('evt_phase7', 'customer.subscription.created', '{}');
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000703","role":"authenticated"}', true);
do $$
begin
    assert exists (select from public.job_queue where user_id = '00000000-0000-4000-8000-000000000701'), 'admin: no job';
    assert exists (select from public.job_log where message = 'line'), 'admin: no log';
    assert exists (select from public.stripe_webhook_events where stripe_event_id = 'evt_phase7'), 'admin: no event';
    assert (select total_jobs from public.get_job_queue_stats()) >= 1, 'admin: no statistics';
    assert (select total_jobs from public.get_job_queue_stats('00000000-0000-4000-8000-000000000701')) = 1, 'admin: no statistics of a user';
end $$;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
begin
    assert not exists (select from public.stripe_webhook_events), 'a user sees webhook events';
end $$;

-- check: jobs are listed newest first, by page, status and type
-- id: SV-7.F
insert into public.job_queue (user_id, job_type, params, created_at)
select '00000000-0000-4000-8000-000000000701', 'sync_youtube', jsonb_build_object('i', i), now() - make_interval(mins => i)
from generate_series(1, 5) i;
insert into public.job_queue (user_id, job_type, status, completed_at, created_at)
values ('00000000-0000-4000-8000-000000000701', 'ai_analysis', 'completed', now(), now() - interval '1 hour');
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
begin
    assert (select array_agg(created_at order by ord) = array_agg(created_at order by created_at desc) and count(*) = 6 and min(total_count) = 6
        from public.get_user_jobs(auth.uid()) with ordinality as j (job_id, job_type, status, progress_percent, progress_message,
            error_message, error_code, result, created_at, started_at, completed_at, total_count, ord)), 'order';
    assert (select count(*) = 2 and min(total_count) = 6 from public.get_user_jobs(auth.uid(), null, null, 2, 1)), 'page';
    assert (select count(*) = 5 from public.get_user_jobs(auth.uid(), 'pending')), 'status';
    assert (select count(*) = 1 from public.get_user_jobs(auth.uid(), null, 'ai_analysis')), 'type';
    assert (select count(*) = 0 from public.get_user_jobs(auth.uid(), null, null, -1, -1)), 'a negative page';
end $$;

-- check: the log is read by the job's owner alone, by level
-- id: SV-7.F
-- id: SV-7.R
create temporary table job on commit drop as
select public.create_job('00000000-0000-4000-8000-000000000701', 'sync_youtube') as id;
grant select on job to authenticated, service_role;
set local role service_role;
do $$
begin
    assert public.add_job_log((select id from job), 'info', 'started', '{"n": 1}') is not null;
    perform public.add_job_log((select id from job), 'warning', 'slow');
    begin
        perform public.add_job_log((select id from job), 'fatal', 'x');
        assert false, 'an unknown level was accepted';
    exception
        when check_violation then null;
    end;
end $$;
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
begin
    assert (select count(*) = 2 and min(total_count) = 2 from public.get_job_logs((select id from job), auth.uid()));
    assert (select message = 'slow' from public.get_job_logs((select id from job), auth.uid(), 'warning'));
end $$;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000702","role":"authenticated"}', true);
do $$
begin
    assert (select count(*) = 0 from public.get_job_logs((select id from job), auth.uid())), 'a stranger reads the log';
end $$;

-- check: a result is found again for the same request of the same user, for an hour
-- id: SV-7.F
insert into public.job_queue (user_id, job_type, params, status, completed_at, result)
values
    ('00000000-0000-4000-8000-000000000701', 'ai_analysis', '{"item": 1}', 'completed', now() - interval '50 minutes', '{"v": "old"}'),
    ('00000000-0000-4000-8000-000000000701', 'ai_analysis', '{"item": 1}', 'completed', now() - interval '10 minutes', '{"v": "new"}'),
    ('00000000-0000-4000-8000-000000000701', 'ai_analysis', '{"item": 1}', 'failed', now(), '{"v": "failed"}'),
    ('00000000-0000-4000-8000-000000000701', 'ai_analysis', '{"item": 2}', 'completed', now() - interval '61 minutes', '{"v": "late"}'),
    ('00000000-0000-4000-8000-000000000702', 'ai_analysis', '{"item": 1}', 'completed', now(), '{"v": "other"}');
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
begin
    assert (select result ->> 'v' = 'new' and age = interval '10 minutes' from public.get_cached_job_result(auth.uid(), 'ai_analysis', '{"item": 1}'));
    assert (select count(*) = 0 from public.get_cached_job_result(auth.uid(), 'ai_analysis', '{"item": 2}')), 'past its time';
    assert (select result ->> 'v' = 'late' from public.get_cached_job_result(auth.uid(), 'ai_analysis', '{"item": 2}', interval '2 hours'));
    assert (select count(*) = 0 from public.get_cached_job_result(auth.uid(), 'ai_analysis', '{"item": 3}')), 'other params';
end $$;

-- check: statistics count what is there, for oneself or (service) for all
-- id: SV-7.F
insert into public.job_queue (user_id, job_type, status, started_at, completed_at)
values
    ('00000000-0000-4000-8000-000000000701', 'ai_analysis', 'completed', now() - interval '10 minutes', now() - interval '8 minutes'),
    ('00000000-0000-4000-8000-000000000701', 'ai_analysis', 'completed', now() - interval '10 minutes', now() - interval '6 minutes'),
    ('00000000-0000-4000-8000-000000000701', 'sync_youtube', 'failed', now(), now()),
    ('00000000-0000-4000-8000-000000000701', 'sync_youtube', 'processing', now(), null),
    ('00000000-0000-4000-8000-000000000701', 'sync_youtube', 'pending', null, null),
    ('00000000-0000-4000-8000-000000000702', 'sync_youtube', 'pending', null, null);
insert into public.job_log (job_id, log_level, message)
select id, 'error', 'x' from public.job_queue where user_id = '00000000-0000-4000-8000-000000000701' and status = 'failed';
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000701","role":"authenticated"}', true);
do $$
declare
    s record;
begin
    select * into strict s from public.get_job_queue_stats(auth.uid());
    assert (s.total_jobs, s.pending_jobs, s.processing_jobs, s.completed_jobs, s.failed_jobs) = (5::bigint, 1::bigint, 1::bigint, 2::bigint, 1::bigint), s::text;
    assert s.avg_processing_time = interval '3 minutes' and s.total_errors = 1, s::text;
    assert s.jobs_by_type = '{"ai_analysis": 2, "sync_youtube": 3}', s::text;
end $$;
select set_config('request.jwt.claims', '{"sub":"00000000-0000-4000-8000-000000000702","role":"authenticated"}', true);
do $$
declare
    s record;
begin
    select * into strict s from public.get_job_queue_stats(auth.uid());
    assert s.total_jobs = 1 and s.avg_processing_time is null and s.total_errors = 0, s::text;
    begin
        perform public.get_job_queue_stats();
        assert false, 'a user got everybody''s statistics';
    exception
        when insufficient_privilege then null;
    end;
end $$;
set local role service_role;
select set_config('request.jwt.claims', '{"role":"service_role"}', true);
do $$
begin
    assert (select total_jobs from public.get_job_queue_stats()) >= 6, 'not all';
end $$;

-- check: a failed job goes back into the queue as good as new, and is counted
-- id: SV-7.F
insert into public.job_queue
    (user_id, job_type, status, started_at, completed_at, worker_id, progress_percent, progress_message, error_message,
    error_code, error_details, retry_count, expires_at, updated_at, params)
select '00000000-0000-4000-8000-000000000701', 'sync_youtube', 'failed', now(), now(), 'w', 70, 'm', 'e', 'c', '{}', c.retries,
    c.expires_at, c.updated_at, jsonb_build_object('name', c.name)
from (
    values
        ('eligible', 1, now() + interval '1 hour', now() - interval '6 minutes'),
        ('never expires', 0, null, now() - interval '6 minutes'),
        ('no retries left', 3, now() + interval '1 hour', now() - interval '6 minutes'),
        ('expired', 0, now() - interval '1 minute', now() - interval '6 minutes'),
        ('too recent', 0, now() + interval '1 hour', now() - interval '4 minutes')
) as c (name, retries, expires_at, updated_at);
set local role service_role;
do $$
declare
    job public.job_queue;
begin
    assert (select count(*) from public.retry_failed_jobs() r join public.job_queue q on q.id = r.retried_job_id
        where q.user_id = '00000000-0000-4000-8000-000000000701' and r.job_type = 'sync_youtube') = 2, 'not exactly two';
    assert (select array_agg(params ->> 'name' order by params ->> 'name') from public.job_queue
        where status = 'pending' and user_id = '00000000-0000-4000-8000-000000000701') = array['eligible', 'never expires'];
    select * into job from public.job_queue where user_id = '00000000-0000-4000-8000-000000000701' and params ->> 'name' = 'eligible';
    assert job.retry_count = 2 and job.progress_percent = 0
        and num_nonnulls(job.started_at, job.completed_at, job.worker_id, job.progress_message, job.error_message,
            job.error_code, job.error_details, job.result) = 0, job::text;
    assert public.start_job(job.id, 'w2'), 'cannot be started again';
    assert (select count(*) from public.retry_failed_jobs() r join public.job_queue q on q.id = r.retried_job_id
        where q.user_id = '00000000-0000-4000-8000-000000000701') = 0, 'retried twice';
end $$;

-- check: retries keep to the limit of ten as well
-- id: SV-7.V
insert into public.job_queue (user_id, job_type, status, completed_at, updated_at)
select '00000000-0000-4000-8000-000000000701', 'sync_youtube', 'failed', now(), now() - interval '1 hour'
from generate_series(1, 8);
set local role service_role;
do $$
declare
    u uuid := '00000000-0000-4000-8000-000000000701';
begin
    for i in 1..7 loop
        perform public.create_job(u, 'sync_youtube');
    end loop;
    perform public.retry_failed_jobs();
    assert (select count(*) from public.job_queue where user_id = u and status = 'pending') = 10, 'more or fewer than ten';
end $$;

-- check: jobs that ended long ago are deleted with their logs, others stay
-- id: SV-7.F
insert into public.job_queue (user_id, job_type, status, completed_at, retry_count, expires_at, params)
select '00000000-0000-4000-8000-000000000701', 'sync_youtube', c.status, now() - c.ended, c.retries, c.expires_at,
    jsonb_build_object('name', c.name)
from (
    values
        ('completed', 'completed', interval '8 days', 0, now() - interval '7 days'),
        ('cancelled', 'cancelled', interval '8 days', 0, now() - interval '7 days'),
        ('failed for good', 'failed', interval '31 days', 3, now() + interval '1 year'),
        ('failed and expired', 'failed', interval '31 days', 0, now() - interval '1 day'),
        ('keep: six days', 'completed', interval '6 days', 0, now()),
        ('keep: failed lately', 'failed', interval '29 days', 3, now() - interval '1 day'),
        ('keep: may be retried', 'failed', interval '31 days', 0, null)
) as c (name, status, ended, retries, expires_at);
insert into public.job_queue (user_id, job_type, created_at) values ('00000000-0000-4000-8000-000000000701', 'sync_youtube', now() - interval '60 days');
insert into public.job_log (job_id, log_level, message) select id, 'info', 'phase7' from public.job_queue where user_id = '00000000-0000-4000-8000-000000000701' and params ->> 'name' = 'completed';
set local role service_role;
do $$
begin
    assert (select deleted_count from public.cleanup_old_jobs()) >= 4, 'too few';
    assert (select array_agg(params ->> 'name' order by params ->> 'name') from public.job_queue where user_id = '00000000-0000-4000-8000-000000000701' and params ? 'name')
        = array['keep: failed lately', 'keep: may be retried', 'keep: six days'];
    assert (select count(*) from public.job_queue where user_id = '00000000-0000-4000-8000-000000000701' and status = 'pending') = 1, 'a pending job was deleted';
    assert not exists (select from public.job_log where message = 'phase7'), 'a log without its job';
    assert (select deleted_count from public.cleanup_old_jobs()) = 0, 'not done at once';
end $$;

-- check: a pending job past its expiry fails
-- id: SV-7.F
insert into public.job_queue (user_id, job_type, status, started_at, expires_at, params)
values
    ('00000000-0000-4000-8000-000000000701', 'sync_youtube', 'pending', null, now() - interval '1 second', '{"name": "stale"}'),
    ('00000000-0000-4000-8000-000000000701', 'sync_youtube', 'pending', null, now() + interval '1 minute', '{"name": "fresh"}'),
    ('00000000-0000-4000-8000-000000000701', 'sync_youtube', 'pending', null, null, '{"name": "never"}'),
    ('00000000-0000-4000-8000-000000000701', 'sync_youtube', 'processing', now(), now() - interval '1 second', '{"name": "running"}');
set local role service_role;
do $$
declare
    job public.job_queue;
begin
    select * into job from public.job_queue where user_id = '00000000-0000-4000-8000-000000000701' and params ->> 'name' = 'stale';
    assert job.id in (select expired_job_id from public.expire_stale_jobs()), 'not found';
    select * into job from public.job_queue where id = job.id;
    assert (job.status, job.error_code) = ('failed', 'JOB_EXPIRED') and job.completed_at is not null, job::text;
    assert exists (select from public.job_log where job_id = job.id and log_level = 'error'), 'not in the log';
    assert (select count(*) from public.job_queue where user_id = '00000000-0000-4000-8000-000000000701' and params ->> 'name' in ('fresh', 'never', 'running') and completed_at is null) = 3, 'too many';
    assert not exists (select from public.expire_stale_jobs()), 'expired twice';
end $$;

-- check: a job that has been processing for more than 30 minutes fails
-- id: SV-7.F
insert into public.job_queue (user_id, job_type, status, started_at, params)
values
    ('00000000-0000-4000-8000-000000000701', 'sync_youtube', 'processing', now() - interval '31 minutes', '{"name": "stuck"}'),
    ('00000000-0000-4000-8000-000000000701', 'sync_youtube', 'processing', now() - interval '29 minutes', '{"name": "busy"}');
set local role service_role;
do $$
declare
    job public.job_queue;
begin
    select * into job from public.job_queue where user_id = '00000000-0000-4000-8000-000000000701' and params ->> 'name' = 'stuck';
    assert (select stuck_duration from public.detect_stuck_jobs() where stuck_job_id = job.id) = interval '31 minutes', 'not found';
    select * into job from public.job_queue where id = job.id;
    assert (job.status, job.error_code) = ('failed', 'JOB_TIMEOUT'), job::text;
    assert exists (select from public.job_log where job_id = job.id and log_level = 'error'), 'not in the log';
    assert (select status from public.job_queue where user_id = '00000000-0000-4000-8000-000000000701' and params ->> 'name' = 'busy') = 'processing', 'a busy job was failed';
    assert not public.complete_job(job.id), 'the late worker completed it';
end $$;

-- check: a job has an end time exactly when it has ended
-- id: SV-7.T
do $$
begin
    begin
        insert into public.job_queue (user_id, job_type, status) values ('00000000-0000-4000-8000-000000000701', 'sync_youtube', 'completed');
        assert false, 'completed, but when?';
    exception
        when check_violation then null;
    end;
    begin
        insert into public.job_queue (user_id, job_type, completed_at) values ('00000000-0000-4000-8000-000000000701', 'sync_youtube', now());
        assert false, 'pending, but completed';
    exception
        when check_violation then null;
    end;
end $$;

-- check: deleting a user takes jobs and logs along
-- id: SV-7.T
-- id: SV-16
select public.add_job_log(public.create_job('00000000-0000-4000-8000-000000000702', 'sync_youtube'), 'info', 'phase7 gone');
delete from auth.users where id = '00000000-0000-4000-8000-000000000702';
do $$
begin
    assert not exists (select from public.job_queue where user_id = '00000000-0000-4000-8000-000000000702');
    assert not exists (select from public.job_log where message = 'phase7 gone');
end $$;

-- check: with a user go the customer's data in Stripe's events and in the cache, and nobody else's
-- id: SV-16
insert into public.subscription (user_id, tier_id, status_id, cycle_start_date, cycle_end_date, stripe_customer_id, stripe_subscription_id)
select
    u.id,
    (select id from public.subscription_tier where slug = 'free'),
    (select id from public.subscription_status where slug = 'active'),
    now(),
    now() + interval '1 month',
    'cus_phase7_' || right(u.id::text, 3),
    'sub_phase7_' || right(u.id::text, 3)
from public.users u
where u.id in ('00000000-0000-4000-8000-000000000701', '00000000-0000-4000-8000-000000000702');
set local role service_role;
select
    public.log_stripe_webhook_event('evt_gone_1', 'customer.updated', '{"data": {"object": {"id": "cus_phase7_702", "email": "two@phase7.example"}}}'),
    public.log_stripe_webhook_event('evt_gone_2', 'invoice.paid', '{"data": {"object": {"customer": "cus_phase7_702", "customer_email": "two@phase7.example"}}}'),
    public.log_stripe_webhook_event('evt_kept', 'invoice.paid', '{"data": {"object": {"customer": "cus_phase7_701"}}}'),
    public.cache_stripe_data('stripe:customer:cus_phase7_702', '{"email": "two@phase7.example"}'),
    public.cache_stripe_data('stripe:subscription:sub_phase7_702', '{}'),
    public.cache_stripe_data('stripe:customer:cus_phase7_701', '{}');
reset role;
delete from auth.users where id = '00000000-0000-4000-8000-000000000702';
do $$
begin
    assert not exists (select from public.stripe_webhook_events where event_data::text like '%two@phase7.example%'), 'an event remembers';
    assert (select count(*) from public.stripe_webhook_events where stripe_event_id like 'evt\_gone\__') = 2, 'an event is forgotten altogether';
    assert (select event_data #>> '{data,object,customer}' from public.stripe_webhook_events where stripe_event_id = 'evt_kept') = 'cus_phase7_701', 'another''s event';
    assert (select array_agg(key) from public.cache_store where key like 'stripe:%\_phase7\_%') = array['stripe:customer:cus_phase7_701'], 'the cache';
end $$;

-- check: a webhook event is logged once, however often it is delivered
-- id: SV-7.V
-- id: SV-15
set local role service_role;
do $$
declare
    v_id uuid := public.log_stripe_webhook_event('evt_test', 'customer.subscription.created', '{"n": 1}'::jsonb);
begin
    assert v_id is not null;
    assert public.log_stripe_webhook_event('evt_test', 'customer.subscription.created', '{"n": 2}'::jsonb) = v_id, 'another id';
    assert (select count(*) = 1 and bool_and(event_data = '{"n": 1}') from public.stripe_webhook_events where stripe_event_id = 'evt_test');
    assert public.log_stripe_webhook_event('evt_test2', 'invoice.paid', '{}') <> v_id, 'the same id for another event';
    begin
        perform public.log_stripe_webhook_event(' ', 'invoice.paid', '{}');
        assert false, 'an event without an id';
    exception
        when invalid_parameter_value then null;
    end;
end $$;

-- check: an event is processed, or fails and is counted, and stays processed
-- id: SV-7.F
set local role service_role;
do $$
declare
    e public.stripe_webhook_events;
begin
    perform public.log_stripe_webhook_event('evt_mark', 'invoice.paid', '{}');
    perform public.mark_webhook_processed('evt_mark', 'no such customer');
    perform public.mark_webhook_processed('evt_mark', 'still no such customer');
    select * into e from public.stripe_webhook_events where stripe_event_id = 'evt_mark';
    assert not e.processed and e.retry_count = 2 and e.error_message = 'still no such customer' and e.processed_at is null, e::text;

    perform public.mark_webhook_processed('evt_mark');
    perform public.mark_webhook_processed('evt_mark', 'too late');
    select * into e from public.stripe_webhook_events where stripe_event_id = 'evt_mark';
    assert e.processed and e.retry_count = 2 and e.error_message is null and e.processed_at is not null, e::text;
    begin
        perform public.mark_webhook_processed('evt_unknown');
        assert false, 'an event nobody logged';
    exception
        when no_data_found then null;
    end;
end $$;

-- check: events to try again are recent, unprocessed and not tried too often
-- id: SV-7.F
insert into public.stripe_webhook_events (stripe_event_id, event_type, event_data, processed, processed_at, retry_count, created_at)
values
    ('evt_again', 'invoice.paid', '{}', false, null, 2, now() - interval '23 hours'),
    ('evt_done', 'invoice.paid', '{}', true, now(), 0, now()),
    ('evt_often', 'invoice.paid', '{}', false, null, 3, now()),
    ('evt_old', 'invoice.paid', '{}', false, null, 0, now() - interval '25 hours');
set local role service_role;
do $$
begin
    assert (select array_agg(stripe_event_id || retry_count) from public.retry_failed_webhooks()
        where stripe_event_id in ('evt_again', 'evt_done', 'evt_often', 'evt_old')) = array['evt_again2'];
    assert (select count(*) = 0 from public.retry_failed_webhooks(2) where stripe_event_id = 'evt_again');
end $$;

-- check: processed events are deleted after 90 days, unprocessed ones are kept
-- id: SV-7.F
insert into public.stripe_webhook_events (stripe_event_id, event_type, event_data, processed, processed_at, created_at)
values
    ('evt_91', 'invoice.paid', '{}', true, now(), now() - interval '91 days'),
    ('evt_89', 'invoice.paid', '{}', true, now(), now() - interval '89 days'),
    ('evt_open', 'invoice.paid', '{}', false, null, now() - interval '91 days');
set local role service_role;
do $$
begin
    assert public.cleanup_old_webhook_events() >= 1;
    assert (select array_agg(stripe_event_id order by stripe_event_id) from public.stripe_webhook_events where stripe_event_id in ('evt_91', 'evt_89', 'evt_open'))
        = array['evt_89', 'evt_open'];
    begin
        perform public.cleanup_old_webhook_events(-1);
        assert false, 'events of the future';
    exception
        when invalid_parameter_value then null;
    end;
end $$;

-- check: what is cached is found until it expires
-- id: SV-7.V
set local role service_role;
do $$
begin
    perform public.cache_stripe_data('stripe:product:test', '{"name":"Premium"}'::jsonb, 3600);
    assert public.get_cached_stripe_data('stripe:product:test') = '{"name":"Premium"}', 'not found';
    perform public.cache_stripe_data('stripe:product:test', '{"name":"Basic"}');
    assert public.get_cached_stripe_data('stripe:product:test') = '{"name":"Basic"}', 'not replaced';
    assert public.get_cached_stripe_data('stripe:product:other') is null, 'found what is not there';
    update public.cache_store set expires_at = now() - interval '1 second' where key = 'stripe:product:test';
    assert public.get_cached_stripe_data('stripe:product:test') is null, 'found though expired';
    perform public.cache_stripe_data('stripe:product:test', '{}');
    assert public.get_cached_stripe_data('stripe:product:test') = '{}', 'not renewed';
    begin
        perform public.cache_stripe_data('stripe:product:test', '{}', 0);
        assert false, 'a time to live of 0';
    exception
        when invalid_parameter_value then null;
    end;
end $$;

-- check: the Stripe cache leaves other categories alone
-- id: SV-7.F
insert into public.cache_store (key, value, category) values ('stripe:looks_like_it', '"mine"', 'other');
set local role service_role;
do $$
begin
    begin
        perform public.cache_stripe_data('stripe:looks_like_it', '"stolen"');
        assert false, 'overwritten';
    exception
        when unique_violation then null;
    end;
    assert public.get_cached_stripe_data('stripe:looks_like_it') is null, 'read';
    perform public.cache_stripe_data('stripe:product:p', '1');
    assert public.invalidate_stripe_cache() >= 1, 'nothing deleted';
    assert public.get_cached_stripe_data('stripe:product:p') is null, 'still there';
    assert (select value = '"mine"' from public.cache_store where key = 'stripe:looks_like_it'), 'deleted';
end $$;

-- check: in a pattern only the percent sign is a wildcard
-- id: SV-7.F
set local role service_role;
do $$
begin
    perform public.cache_stripe_data('stripe:product:prod_1', '1');
    perform public.cache_stripe_data('stripe:product:prodX1', '1');
    perform public.cache_stripe_data('stripe:product:prod\_1', '1');
    perform public.cache_stripe_data('stripe:price:prod_1', '1');
    assert public.invalidate_stripe_cache('stripe:product:prod_1') = 1, 'the underscore matched something else';
    assert public.get_cached_stripe_data('stripe:product:prodX1') is not null, 'the wrong one';
    assert public.invalidate_stripe_cache('stripe:product:prod\_1') = 1, 'the backslash is not itself';
    assert public.invalidate_stripe_cache('stripe:product:%') = 1, 'the percent sign is no wildcard';
    assert public.get_cached_stripe_data('stripe:price:prod_1') is not null, 'another object went along';
end $$;

-- check: a webhook drops exactly the object it is about, and its lists
-- id: SV-7.F
set local role service_role;
do $$
declare
    k text;
    expected text[];
    c record;
begin
    for c in
        select *
        from (
            values
                ('product.updated', 'prod_1', array['stripe:product:prod_1', 'stripe:product:prod_1:prices', 'stripe:products', 'stripe:products:active']),
                ('price.deleted', 'price_1', array['stripe:price:price_1', 'stripe:prices']),
                ('customer.subscription.updated', 'sub_1', array['stripe:subscription:sub_1']),
                ('customer.updated', 'cus_1', array['stripe:customer:cus_1']),
                ('product.updated', '%', array['stripe:products', 'stripe:products:active']),
                ('product.updated', 'prod%', array['stripe:products', 'stripe:products:active']),
                ('invoice.paid', 'prod_1', '{}'),
                ('productX', 'prod_1', '{}')
        ) as v (event_type, object_id, gone)
    loop
        perform public.invalidate_stripe_cache();
        foreach k in array array[
            'stripe:product:prod_1', 'stripe:product:prod_1:prices', 'stripe:product:prod_11', 'stripe:product:prodX1',
            'stripe:products', 'stripe:products:active', 'stripe:price:price_1', 'stripe:prices', 'stripe:subscription:sub_1',
            'stripe:customer:cus_1'
        ] loop
            perform public.cache_stripe_data(k, '1');
        end loop;
        perform public.invalidate_stripe_cache_from_webhook(c.event_type, c.object_id);
        foreach k in array array[
            'stripe:product:prod_1', 'stripe:product:prod_1:prices', 'stripe:product:prod_11', 'stripe:product:prodX1',
            'stripe:products', 'stripe:products:active', 'stripe:price:price_1', 'stripe:prices', 'stripe:subscription:sub_1',
            'stripe:customer:cus_1'
        ] loop
            assert (public.get_cached_stripe_data(k) is null) = (k = any (c.gone)), format('%s %s: %s', c.event_type, c.object_id, k);
        end loop;
    end loop;
    begin
        perform public.invalidate_stripe_cache_from_webhook('product.updated', '');
        assert false, 'an event without an object';
    exception
        when invalid_parameter_value then null;
    end;
end $$;

-- check: a change of a row moves its updated_at
-- id: SV-7.G
insert into public.job_type (slug, display_name, updated_at) values ('phase7_test', 'x', '2000-01-01');
insert into public.job_queue (user_id, job_type, updated_at) values ('00000000-0000-4000-8000-000000000701', 'phase7_test', '2000-01-01');
insert into public.stripe_webhook_events (stripe_event_id, event_type, event_data, updated_at) values ('evt_upd', 'x', '{}', '2000-01-01');
update public.job_type set description = 'y' where slug = 'phase7_test';
update public.job_queue set progress_percent = 1 where job_type = 'phase7_test';
update public.stripe_webhook_events set event_type = 'y' where stripe_event_id = 'evt_upd';
do $$
begin
    assert (select updated_at = now() from public.job_type where slug = 'phase7_test'), 'job_type';
    assert (select updated_at = now() from public.job_queue where job_type = 'phase7_test'), 'job_queue';
    assert (select updated_at = now() from public.stripe_webhook_events where stripe_event_id = 'evt_upd'), 'stripe_webhook_events';
end $$;

-- check: Realtime publishes job status, and no other table of this phase
-- id: SV-8.5
do $$
begin
    assert (
        select array_agg(tablename::text)
        from pg_publication_tables
        where pubname = 'supabase_realtime'
            and schemaname = 'public'
            and tablename in ('job_type', 'job_queue', 'job_log', 'stripe_webhook_events')
    ) = array['job_queue'];
end $$;

-- check: no column of this phase could hold a token
-- id: SV-2.B
do $$
declare
    found_column text;
begin
    select string_agg(table_name || '.' || column_name, ', ') into found_column
    from information_schema.columns
    where table_schema = 'public'
        and table_name in ('job_type', 'job_queue', 'job_log', 'stripe_webhook_events')
        and column_name ~ '(token|secret|password|credential|api_key)';
    assert found_column is null, found_column;
end $$;

-- check: the 19 documented indexes are there, and every foreign key is covered
-- id: SV-7.X
do $$
declare
    missing text;
begin
    select string_agg(name, ', ') into missing
    from unnest(array[
        'idx_job_queue_cleanup', 'idx_job_queue_expiration', 'idx_job_queue_params_gin', 'idx_job_queue_pending_pickup',
        'idx_job_queue_result_gin', 'idx_job_queue_retry_eligible', 'idx_job_queue_stuck_detection', 'idx_job_queue_type_status',
        'idx_job_queue_user_active', 'idx_job_queue_user_status_created', 'idx_job_queue_worker_active', 'idx_job_log_errors',
        'idx_job_log_job_time', 'idx_job_log_message_fts', 'idx_job_log_metadata_gin', 'idx_stripe_webhook_created',
        'idx_stripe_webhook_processed', 'idx_stripe_webhook_type', 'idx_stripe_webhook_unprocessed',
        'stripe_webhook_events_stripe_event_id_key', 'job_queue_job_type_idx'
    ]) as name
    where to_regclass('public.' || name) is null;
    assert missing is null, missing;
end $$;
