-- Jobs, what users call: the seven functions that take a user id, each usable for oneself only (or by the service).
--
-- The readers are security invoker: they show what row level security shows. Those that write are security definer,
-- since nobody but the service may write to job_queue directly; each checks its caller first.

create or replace function public.create_job(
    p_user_id uuid,
    p_job_type text,
    p_params jsonb default '{}',
    p_priority integer default 5,
    p_scheduled_for timestamptz default now()
)
returns uuid
language plpgsql
volatile
parallel unsafe
security definer
set search_path = ''
as $$
declare
    v_params jsonb := coalesce(p_params, '{}');
    v_scheduled_for timestamptz := coalesce(p_scheduled_for, now());
    v_type_is_active boolean;
    v_active integer;
    v_id uuid;
begin
    perform private.assert_caller(p_user_id);

    select t.is_active into v_type_is_active
    from public.job_type t
    where t.slug = p_job_type;
    if not found then
        raise exception 'unknown job type %', coalesce(quote_literal(p_job_type), 'null')
            using errcode = 'invalid_parameter_value', hint = 'The slugs of table job_type are the known types.';
    end if;
    if not v_type_is_active then
        raise exception 'job type % is switched off', quote_literal(p_job_type)
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    if private.is_service_job_type(p_job_type) and not private.is_service() then
        raise exception 'job type % is for the service only', quote_literal(p_job_type)
            using errcode = 'insufficient_privilege';
    end if;
    if p_priority is null or p_priority not between 1 and 10 then
        raise exception 'priority % is not between 1 and 10', coalesce(p_priority::text, 'null')
            using errcode = 'invalid_parameter_value';
    end if;
    if jsonb_typeof(v_params) <> 'object' then
        raise exception 'params must be a JSON object, not %', jsonb_typeof(v_params)
            using errcode = 'invalid_parameter_value';
    end if;
    if octet_length(v_params::text) > 65536 then
        raise exception 'params are longer than 64 kB'
            using errcode = 'invalid_parameter_value';
    end if;
    if not isfinite(v_scheduled_for) then
        raise exception 'a job cannot be scheduled for %', v_scheduled_for
            using errcode = 'invalid_parameter_value';
    end if;

    perform private.lock_jobs_of(p_user_id);
    perform private.expire_jobs(p_user_id);
    select count(*) into v_active
    from public.job_queue q
    where q.user_id = p_user_id
        and q.status in ('pending', 'processing');
    if v_active >= private.max_active_jobs() then
        raise exception 'job limit reached: % jobs are pending or processing', v_active
            using errcode = 'PT429', hint = 'Wait until one has ended, or cancel one.';
    end if;

    insert into public.job_queue (user_id, job_type, params, job_priority, scheduled_for, expires_at)
    values (
        p_user_id,
        p_job_type,
        v_params,
        p_priority,
        v_scheduled_for,
        greatest(v_scheduled_for, now()) + interval '24 hours'
    )
    returning id into v_id;
    return v_id;
end
$$;

comment on function public.create_job(uuid, text, jsonb, integer, timestamptz) is
    'Queues a job and returns its id. Refused (PT429, HTTP 429) while the user has ten jobs pending or processing.';

create or replace function public.find_or_create_job(
    p_user_id uuid,
    p_job_type text,
    p_params jsonb default '{}',
    p_priority integer default 5,
    p_dedupe_window interval default '00:05:00'
)
returns table (job_id uuid, is_new boolean, existing_status text)
language plpgsql
volatile
parallel unsafe
security definer
set search_path = ''
as $$
declare
    v_params jsonb := coalesce(p_params, '{}');
begin
    perform private.assert_caller(p_user_id);
    -- The lock of create_job, taken before the search: two equal requests at once make one job.
    perform private.lock_jobs_of(p_user_id);

    return query
    select q.id, false, q.status
    from public.job_queue q
    where q.user_id = p_user_id
        and q.job_type = p_job_type
        and q.params = v_params
        and q.created_at > now() - p_dedupe_window
        and (q.status = 'processing' or (q.status = 'pending' and coalesce(q.expires_at > now(), true)))
    order by q.created_at desc, q.id desc
    limit 1;

    if not found then
        return query
        select public.create_job(p_user_id, p_job_type, v_params, p_priority), true, null::text;
    end if;
end
$$;

comment on function public.find_or_create_job(uuid, text, jsonb, integer, interval) is
    'The user''s pending or processing job of the same type and params, requested within the window, or a new one.';

create or replace function public.cancel_job(p_job_id uuid, p_user_id uuid)
returns boolean
language plpgsql
volatile
parallel unsafe
security definer
set search_path = ''
as $$
begin
    perform private.assert_caller(p_user_id);
    update public.job_queue
    set status = 'cancelled',
        completed_at = now()
    where id = p_job_id
        and user_id = p_user_id
        and status in ('pending', 'processing');
    return found;
end
$$;

comment on function public.cancel_job(uuid, uuid) is
    'Cancels the user''s own job; false when there is no such job, or it has ended already.';

create or replace function public.get_user_jobs(
    p_user_id uuid,
    p_status text default null,
    p_job_type text default null,
    p_limit integer default 50,
    p_offset integer default 0
)
returns table (
    job_id uuid,
    job_type text,
    status text,
    progress_percent integer,
    progress_message text,
    error_message text,
    error_code text,
    result jsonb,
    created_at timestamptz,
    started_at timestamptz,
    completed_at timestamptz,
    total_count bigint
)
language plpgsql
stable
parallel restricted
set search_path = ''
as $$
begin
    perform private.assert_caller(p_user_id);
    return query
    select
        q.id,
        q.job_type,
        q.status,
        q.progress_percent,
        q.progress_message,
        q.error_message,
        q.error_code,
        q.result,
        q.created_at,
        q.started_at,
        q.completed_at,
        count(*) over ()
    from public.job_queue q
    where q.user_id = p_user_id
        and (p_status is null or q.status = p_status)
        and (p_job_type is null or q.job_type = p_job_type)
    order by q.created_at desc, q.id desc
    limit least(greatest(coalesce(p_limit, 50), 0), 1000)
    offset greatest(coalesce(p_offset, 0), 0);
end
$$;

comment on function public.get_user_jobs(uuid, text, text, integer, integer) is
    'The user''s jobs, newest first, at most 1000 at a time; total_count is the number without the limit.';

create or replace function public.get_job_logs(
    p_job_id uuid,
    p_user_id uuid,
    p_log_level text default null,
    p_limit integer default 100,
    p_offset integer default 0
)
returns table (
    log_id uuid,
    log_level text,
    message text,
    metadata jsonb,
    created_at timestamptz,
    total_count bigint
)
language plpgsql
stable
parallel restricted
set search_path = ''
as $$
begin
    perform private.assert_caller(p_user_id);
    return query
    select l.id, l.log_level, l.message, l.metadata, l.created_at, count(*) over ()
    from public.job_log l
    join public.job_queue q on q.id = l.job_id
    where l.job_id = p_job_id
        and q.user_id = p_user_id
        and (p_log_level is null or l.log_level = p_log_level)
    order by l.created_at desc, l.id desc
    limit least(greatest(coalesce(p_limit, 100), 0), 1000)
    offset greatest(coalesce(p_offset, 0), 0);
end
$$;

comment on function public.get_job_logs(uuid, uuid, text, integer, integer) is
    'The log of the user''s own job, newest first, at most 1000 lines at a time.';

create or replace function public.get_cached_job_result(
    p_user_id uuid,
    p_job_type text,
    p_params jsonb,
    p_cache_ttl interval default '01:00:00'
)
returns table (job_id uuid, result jsonb, completed_at timestamptz, age interval)
language plpgsql
stable
parallel restricted
set search_path = ''
as $$
begin
    perform private.assert_caller(p_user_id);
    return query
    select q.id, q.result, q.completed_at, now() - q.completed_at
    from public.job_queue q
    where q.user_id = p_user_id
        and q.job_type = p_job_type
        and q.params = coalesce(p_params, '{}')
        and q.status = 'completed'
        and q.result is not null
        and q.completed_at > now() - p_cache_ttl
    order by q.completed_at desc, q.id desc
    limit 1;
end
$$;

comment on function public.get_cached_job_result(uuid, text, jsonb, interval) is
    'The newest result of the same request by the same user, if one ended within the given time; else no row.';

create or replace function public.get_job_queue_stats(p_user_id uuid default null)
returns table (
    total_jobs bigint,
    pending_jobs bigint,
    processing_jobs bigint,
    completed_jobs bigint,
    failed_jobs bigint,
    avg_processing_time interval,
    total_errors bigint,
    jobs_by_type jsonb
)
language plpgsql
stable
parallel restricted
set search_path = ''
as $$
begin
    if p_user_id is null then
        if (private.is_service() or private.is_admin()) is not true then
            raise exception 'statistics over all users are for admins and the service'
                using errcode = 'insufficient_privilege', hint = 'Pass your own user id.';
        end if;
    elsif private.is_admin() is not true then
        perform private.assert_caller(p_user_id);
    end if;

    return query
    select
        count(*),
        count(*) filter (where q.status = 'pending'),
        count(*) filter (where q.status = 'processing'),
        count(*) filter (where q.status = 'completed'),
        count(*) filter (where q.status = 'failed'),
        avg(q.completed_at - q.started_at) filter (where q.status = 'completed'),
        (
            select count(*)
            from public.job_log l
            join public.job_queue lq on lq.id = l.job_id
            where l.log_level = 'error'
                and (p_user_id is null or lq.user_id = p_user_id)
        ),
        (
            select coalesce(jsonb_object_agg(t.job_type, t.jobs), '{}')
            from (
                select tq.job_type, count(*) as jobs
                from public.job_queue tq
                where p_user_id is null or tq.user_id = p_user_id
                group by tq.job_type
            ) t
        )
    from public.job_queue q
    where p_user_id is null or q.user_id = p_user_id;
end
$$;

comment on function public.get_job_queue_stats(uuid) is
    'One row about a user''s jobs, or (null; admins and service only) about all. total_errors counts error lines in the '
    'logs: every failure, retried or not.';

-- Who may execute what

revoke execute on function
    public.create_job(uuid, text, jsonb, integer, timestamptz),
    public.find_or_create_job(uuid, text, jsonb, integer, interval),
    public.cancel_job(uuid, uuid),
    public.get_user_jobs(uuid, text, text, integer, integer),
    public.get_job_logs(uuid, uuid, text, integer, integer),
    public.get_cached_job_result(uuid, text, jsonb, interval),
    public.get_job_queue_stats(uuid)
from public, anon, authenticated, service_role;

grant execute on function
    public.create_job(uuid, text, jsonb, integer, timestamptz),
    public.find_or_create_job(uuid, text, jsonb, integer, interval),
    public.cancel_job(uuid, uuid),
    public.get_user_jobs(uuid, text, text, integer, integer),
    public.get_job_logs(uuid, uuid, text, integer, integer),
    public.get_cached_job_result(uuid, text, jsonb, interval),
    public.get_job_queue_stats(uuid)
to authenticated, service_role;
