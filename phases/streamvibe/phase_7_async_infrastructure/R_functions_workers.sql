-- Jobs, what workers and the scheduler call. For the service only, and security invoker, so that a grant too many
-- would still meet table privileges and row level security.

create or replace function public.start_job(p_job_id uuid, p_worker_id text)
returns boolean
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
begin
    if coalesce(btrim(p_worker_id), '') = '' then
        raise exception 'a worker must say who it is'
            using errcode = 'invalid_parameter_value';
    end if;
    -- A second worker waits here for the first one's row lock, then finds the job no longer pending.
    update public.job_queue
    set status = 'processing',
        started_at = now(),
        worker_id = p_worker_id,
        progress_percent = 0,
        progress_message = null
    where id = p_job_id
        and status = 'pending'
        and scheduled_for <= now()
        and (expires_at is null or expires_at > now());
    return found;
end
$$;

comment on function public.start_job(uuid, text) is
    'Gives a pending, due, unexpired job to this worker; false when another has it or it is not to be done now.';

create or replace function public.update_job_progress(
    p_job_id uuid,
    p_progress_percent integer,
    p_progress_message text default null
)
returns boolean
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
begin
    if p_progress_percent is null or p_progress_percent not between 0 and 100 then
        raise exception 'progress % is not between 0 and 100', coalesce(p_progress_percent::text, 'null')
            using errcode = 'invalid_parameter_value';
    end if;
    update public.job_queue
    set progress_percent = p_progress_percent,
        progress_message = coalesce(p_progress_message, progress_message)
    where id = p_job_id
        and status = 'processing';
    return found;
end
$$;

comment on function public.update_job_progress(uuid, integer, text) is
    'Records how far a processing job is; false when it is not processing (cancelled, say): the worker should stop.';

create or replace function public.complete_job(p_job_id uuid, p_result jsonb default null)
returns boolean
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
begin
    update public.job_queue
    set status = 'completed',
        completed_at = now(),
        progress_percent = 100,
        result = p_result,
        error_message = null,
        error_code = null,
        error_details = null
    where id = p_job_id
        and status = 'processing';
    return found;
end
$$;

comment on function public.complete_job(uuid, jsonb) is
    'Ends a processing job with its result, of any size; false when it is not processing.';

create or replace function public.fail_job(
    p_job_id uuid,
    p_error_message text,
    p_error_code text default 'JOB_ERROR',
    p_error_details jsonb default null
)
returns boolean
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
declare
    v_message text := coalesce(nullif(btrim(p_error_message), ''), 'The job failed without a message.');
    v_code text := coalesce(nullif(btrim(p_error_code), ''), 'JOB_ERROR');
begin
    update public.job_queue
    set status = 'failed',
        completed_at = now(),
        error_message = v_message,
        error_code = v_code,
        error_details = p_error_details
    where id = p_job_id
        and status = 'processing';
    if not found then
        return false;
    end if;
    -- A retry clears the columns; the log keeps every failure.
    insert into public.job_log (job_id, log_level, message, metadata)
    values (
        p_job_id,
        'error',
        v_message,
        jsonb_build_object('error_code', v_code, 'error_details', p_error_details)
    );
    return true;
end
$$;

comment on function public.fail_job(uuid, text, text, jsonb) is
    'Ends a processing job with an error, also written to its log; false when it is not processing.';

create or replace function public.add_job_log(
    p_job_id uuid,
    p_log_level text,
    p_message text,
    p_metadata jsonb default null
)
returns uuid
language sql
volatile
parallel unsafe
set search_path = ''
as $$
    insert into public.job_log (job_id, log_level, message, metadata)
    values (p_job_id, p_log_level, p_message, p_metadata)
    returning id;
$$;

comment on function public.add_job_log(uuid, text, text, jsonb) is
    'Adds a line (debug, info, warning or error) to a job''s log and returns its id.';

create or replace function public.retry_failed_jobs()
returns table (retried_job_id uuid, job_type text)
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
declare
    v_user_id uuid;
begin
    -- At most 500 users a run (each costs a lock), the longest waiting first; locked in one order, so that runs at the
    -- same time cannot deadlock.
    for v_user_id in
        select waiting.user_id
        from (
            select q.user_id
            from public.job_queue q
            where q.status = 'failed'
                and q.retry_count < q.max_retries
                and q.updated_at <= now() - interval '5 minutes'
                and (q.expires_at is null or q.expires_at > now())
            group by q.user_id
            order by min(q.updated_at)
            limit 500
        ) waiting
        order by waiting.user_id
    loop
        perform private.lock_jobs_of(v_user_id);
        return query
        with eligible as (
            select q.id
            from public.job_queue q
            where q.user_id = v_user_id
                and q.status = 'failed'
                and q.retry_count < q.max_retries
                and q.updated_at <= now() - interval '5 minutes'
                and (q.expires_at is null or q.expires_at > now())
            order by q.updated_at, q.id
            -- A retry counts against the user's limit too: the rest waits for the next run.
            limit (
                select greatest(private.max_active_jobs() - count(*), 0)
                from public.job_queue a
                where a.user_id = v_user_id
                    and a.status in ('pending', 'processing')
            )
            for update skip locked
        )
        update public.job_queue q
        set status = 'pending',
            retry_count = q.retry_count + 1,
            started_at = null,
            completed_at = null,
            worker_id = null,
            progress_percent = 0,
            progress_message = null,
            error_message = null,
            error_code = null,
            error_details = null,
            result = null
        from eligible
        where q.id = eligible.id
        returning q.id, q.job_type;
    end loop;
end
$$;

comment on function public.retry_failed_jobs() is
    'Puts failed jobs back into the queue: retries left, not expired, idle for five minutes, within the user''s limit.';

create or replace function public.cleanup_old_jobs()
returns table (deleted_count bigint)
language sql
volatile
parallel unsafe
set search_path = ''
as $$
    with deleted as (
        delete from public.job_queue q
        where (
                q.status in ('completed', 'cancelled')
                and q.completed_at < now() - interval '7 days'
            )
            -- A failed job is kept for a month to be looked into, and for as long as it may still be retried.
            or (
                q.status = 'failed'
                and q.completed_at < now() - interval '30 days'
                and (q.retry_count >= q.max_retries or q.expires_at <= now())
            )
        returning q.id
    )
    select count(*)
    from deleted;
$$;

comment on function public.cleanup_old_jobs() is
    'Deletes jobs that ended: completed or cancelled 7 days ago, failed for good 30 days ago. Says how many.';

create or replace function public.expire_stale_jobs()
returns table (expired_job_id uuid)
language sql
volatile
parallel unsafe
set search_path = ''
as $$
    select expired.id
    from private.expire_jobs(null) as expired (id);
$$;

comment on function public.expire_stale_jobs() is 'Fails (JOB_EXPIRED) pending jobs past their expiry, and lists them.';

create or replace function public.detect_stuck_jobs()
returns table (stuck_job_id uuid, stuck_duration interval)
language sql
volatile
parallel unsafe
set search_path = ''
as $$
    with stuck as (
        select q.id, q.started_at
        from public.job_queue q
        where q.status = 'processing'
            and q.started_at < now() - interval '30 minutes'
        for update skip locked
    ),
    timed_out as (
        update public.job_queue q
        set status = 'failed',
            completed_at = now(),
            error_code = 'JOB_TIMEOUT',
            error_message = 'The job ran for more than 30 minutes.'
        from stuck
        where q.id = stuck.id
        returning q.id, now() - stuck.started_at as duration, q.error_message, q.error_code
    ),
    logged as (
        insert into public.job_log (job_id, log_level, message, metadata)
        select t.id, 'error', t.error_message, jsonb_build_object('error_code', t.error_code)
        from timed_out t
    )
    select t.id, t.duration
    from timed_out t;
$$;

comment on function public.detect_stuck_jobs() is
    'Fails (JOB_TIMEOUT) jobs that have been processing for more than 30 minutes, and lists them.';

-- Who may execute what

revoke execute on function
    public.start_job(uuid, text),
    public.update_job_progress(uuid, integer, text),
    public.complete_job(uuid, jsonb),
    public.fail_job(uuid, text, text, jsonb),
    public.add_job_log(uuid, text, text, jsonb),
    public.retry_failed_jobs(),
    public.cleanup_old_jobs(),
    public.expire_stale_jobs(),
    public.detect_stuck_jobs()
from public, anon, authenticated, service_role;

grant execute on function
    public.start_job(uuid, text),
    public.update_job_progress(uuid, integer, text),
    public.complete_job(uuid, jsonb),
    public.fail_job(uuid, text, text, jsonb),
    public.add_job_log(uuid, text, text, jsonb),
    public.retry_failed_jobs(),
    public.cleanup_old_jobs(),
    public.expire_stale_jobs(),
    public.detect_stuck_jobs()
to service_role;
