-- Helpers of phase 7 in schema private. They come first: the functions of the other files call them.

create or replace function private.max_active_jobs()
returns integer
language sql
immutable
parallel safe
set search_path = ''
as $$
    select 10;
$$;

comment on function private.max_active_jobs() is 'How many jobs of one user may be pending or processing at a time.';

create or replace function private.is_service_job_type(p_slug text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
    select p_slug in ('quota_reset', 'token_refresh');
$$;

comment on function private.is_service_job_type(text) is
    'Job types that a user may not ask for: they would hand out quota or touch secrets.';

create or replace function private.lock_jobs_of(p_user_id uuid)
returns void
language sql
volatile
parallel unsafe
set search_path = ''
as $$
    select pg_advisory_xact_lock(hashtextextended('public.job_queue ' || p_user_id::text, 0));
$$;

comment on function private.lock_jobs_of(uuid) is
    'Waits for, and until the end of the transaction holds, the right to add active jobs for this user.';

create or replace function private.expire_jobs(p_user_id uuid)
returns setof uuid
language sql
volatile
parallel unsafe
set search_path = ''
as $$
    with stale as (
        select q.id
        from public.job_queue q
        where q.status = 'pending'
            and q.expires_at <= now()
            and (p_user_id is null or q.user_id = p_user_id)
        for update skip locked
    ),
    expired as (
        update public.job_queue q
        set status = 'failed',
            completed_at = now(),
            error_code = 'JOB_EXPIRED',
            error_message = 'The job expired before a worker took it.'
        from stale
        where q.id = stale.id
        returning q.id, q.error_message, q.error_code
    ),
    logged as (
        insert into public.job_log (job_id, log_level, message, metadata)
        select e.id, 'error', e.error_message, jsonb_build_object('error_code', e.error_code)
        from expired e
    )
    select e.id
    from expired e;
$$;

comment on function private.expire_jobs(uuid) is
    'Fails pending jobs past their expiry, of one user or (null) of all, and says which.';

create or replace function private.notify_job_status_change()
returns trigger
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
begin
    if tg_op = 'UPDATE'
        and (new.status, new.progress_percent, new.progress_message, new.result)
            is not distinct from (old.status, old.progress_percent, old.progress_message, old.result)
    then
        return null;
    end if;
    -- Ids, status and progress alone: a payload is limited to 8000 bytes, a result or message is not.
    perform pg_notify(
        'job_status_changed',
        json_build_object(
            'job_id', new.id,
            'user_id', new.user_id,
            'status', new.status,
            'progress_percent', new.progress_percent
        )::text
    );
    return null;
end
$$;

comment on function private.notify_job_status_change() is
    'Trigger of job_queue: tells channel job_status_changed that a job''s status, progress or result changed.';

create or replace function private.forget_stripe_customer()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer -- whoever deletes the user: the journal and the cache are the service's
set search_path = ''
as $$
declare
    v_customer_id text;
    v_subscription_id text;
begin
    select s.stripe_customer_id, s.stripe_subscription_id into v_customer_id, v_subscription_id
    from public.subscription s
    where s.user_id = old.id;

    -- Ids stay, so that an event which is delivered once more is still known; the customer's data goes.
    update public.stripe_webhook_events e
    set event_data = jsonb_build_object('erased', true)
    where v_customer_id <> ''
        and v_customer_id in (
            e.event_data #>> '{data,object,customer}',
            e.event_data #>> '{data,object,id}',
            e.event_data ->> 'customer',
            e.event_data ->> 'id'
        );
    delete from public.cache_store c
    where c.category = 'stripe'
        and (
            c.key in ('stripe:customer:' || v_customer_id, 'stripe:subscription:' || v_subscription_id)
            or starts_with(c.key, 'stripe:customer:' || nullif(v_customer_id, '') || ':')
            or starts_with(c.key, 'stripe:subscription:' || nullif(v_subscription_id, '') || ':')
        );
    return old;
end
$$;

comment on function private.forget_stripe_customer() is
    'Trigger of users: with a user goes what Stripe''s events and the cache hold about the customer.';

-- Who may execute what

revoke execute on function
    private.max_active_jobs(),
    private.is_service_job_type(text),
    private.lock_jobs_of(uuid),
    private.expire_jobs(uuid),
    private.notify_job_status_change(),
    private.forget_stripe_customer()
from public, anon, authenticated, service_role;

-- What security invoker functions of the service call.
grant execute on function
    private.max_active_jobs(),
    private.lock_jobs_of(uuid),
    private.expire_jobs(uuid)
to service_role;
