-- Phase 7, async infrastructure: the job queue with its log, and the journal of Stripe's webhook events.
-- Needs: phase 1 (public.users, public.cache_store, schema private with its helpers). Nothing of phases 2 to 6.

-- Job types ----------------------------------------------------------------------------------------------------

create table public.job_type (
    id uuid not null default gen_random_uuid(),
    slug text not null,
    display_name text not null,
    description text,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint job_type_pkey primary key (id),
    constraint job_type_slug_key unique (slug)
);

comment on table public.job_type is 'The kinds of background work; the one list of them (job_queue refers to it).';
comment on column public.job_type.id is 'Key.';
comment on column public.job_type.slug is 'Name used in code, e.g. sync_youtube.';
comment on column public.job_type.display_name is 'Name shown to people.';
comment on column public.job_type.description is 'What a job of this type does.';
comment on column public.job_type.is_active is 'False: no new jobs of this type; existing ones go on.';
comment on column public.job_type.created_at is 'When the type was added.';
comment on column public.job_type.updated_at is 'When the row last changed.';

-- Job queue ----------------------------------------------------------------------------------------------------

create table public.job_queue (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    job_type text not null,
    job_priority integer not null default 5,
    params jsonb not null default '{}',
    status text not null default 'pending',
    progress_percent integer not null default 0,
    progress_message text,
    started_at timestamptz,
    completed_at timestamptz,
    worker_id text,
    error_message text,
    error_code text,
    error_details jsonb,
    retry_count integer not null default 0,
    max_retries integer not null default 3,
    result jsonb,
    scheduled_for timestamptz not null default now(),
    expires_at timestamptz default now() + interval '24 hours',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint job_queue_pkey primary key (id),
    constraint job_queue_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
    constraint job_queue_job_type_fkey foreign key (job_type) references public.job_type (slug),
    constraint job_queue_job_priority_check check (job_priority between 1 and 10),
    constraint job_queue_params_check check (jsonb_typeof(params) = 'object'),
    constraint job_queue_status_check
        check (status in ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    constraint job_queue_progress_percent_check check (progress_percent between 0 and 100),
    constraint job_queue_retry_count_check check (retry_count >= 0 and max_retries >= 0),
    constraint valid_completion
        check ((status in ('completed', 'failed', 'cancelled')) = (completed_at is not null))
);

comment on table public.job_queue is 'Background jobs of users, from request to result. Written by the functions of this phase only.';
comment on column public.job_queue.id is 'Key.';
comment on column public.job_queue.user_id is 'Whose job it is.';
comment on column public.job_queue.job_type is 'What is to be done: job_type.slug.';
comment on column public.job_queue.job_priority is '1 (lowest) to 10 (highest).';
comment on column public.job_queue.params is 'Arguments for the worker, a JSON object; part of what makes two requests the same.';
comment on column public.job_queue.status is 'pending, processing, completed, failed or cancelled.';
comment on column public.job_queue.progress_percent is '0 to 100.';
comment on column public.job_queue.progress_message is 'What the worker is doing, for the user to read.';
comment on column public.job_queue.started_at is 'When a worker took the job; null until then and again after a retry.';
comment on column public.job_queue.completed_at is 'When the job ended, however it ended (see valid_completion).';
comment on column public.job_queue.worker_id is 'The worker that took the job.';
comment on column public.job_queue.error_message is 'Why the last attempt failed.';
comment on column public.job_queue.error_code is 'Code of the last failure, e.g. JOB_ERROR, JOB_EXPIRED, JOB_TIMEOUT.';
comment on column public.job_queue.error_details is 'Structured details of the last failure.';
comment on column public.job_queue.retry_count is 'How often the job went back into the queue after a failure.';
comment on column public.job_queue.max_retries is 'How often it may.';
comment on column public.job_queue.result is 'What the worker returned.';
comment on column public.job_queue.scheduled_for is 'No worker takes the job before this time.';
comment on column public.job_queue.expires_at is 'No worker takes the job after this time; null: never expires.';
comment on column public.job_queue.created_at is 'When the job was requested.';
comment on column public.job_queue.updated_at is 'When the row last changed; a retry waits five minutes from here.';
comment on constraint valid_completion on public.job_queue is 'A job has an end time exactly when it has ended.';

create index idx_job_queue_cleanup on public.job_queue (status, completed_at)
    where status in ('completed', 'cancelled', 'failed');
create index idx_job_queue_expiration on public.job_queue (status, expires_at)
    where status = 'pending';
create index idx_job_queue_params_gin on public.job_queue using gin (params jsonb_path_ops);
create index idx_job_queue_pending_pickup on public.job_queue (status, scheduled_for, job_priority desc, id)
    where status = 'pending';
create index idx_job_queue_result_gin on public.job_queue using gin (result jsonb_path_ops)
    where result is not null;
create index idx_job_queue_retry_eligible on public.job_queue (status, retry_count, updated_at)
    where status = 'failed';
create index idx_job_queue_stuck_detection on public.job_queue (status, started_at)
    where status = 'processing';
create index idx_job_queue_type_status on public.job_queue (job_type, status)
    where status in ('pending', 'processing', 'failed');
create index idx_job_queue_user_active on public.job_queue (user_id, status)
    where status in ('pending', 'processing');
create index idx_job_queue_user_status_created on public.job_queue (user_id, status, created_at desc);
create index idx_job_queue_worker_active on public.job_queue (worker_id, status, started_at desc)
    where status = 'processing';
create index job_queue_job_type_idx on public.job_queue (job_type);

comment on index public.job_queue_job_type_idx is 'Covers the foreign key: idx_job_queue_type_status leaves finished jobs out.';

-- Job log ------------------------------------------------------------------------------------------------------

create table public.job_log (
    id uuid not null default gen_random_uuid(),
    job_id uuid not null,
    log_level text not null,
    message text not null,
    metadata jsonb,
    created_at timestamptz not null default now(),
    constraint job_log_pkey primary key (id),
    constraint job_log_job_id_fkey foreign key (job_id) references public.job_queue (id) on delete cascade,
    constraint job_log_log_level_check check (log_level in ('debug', 'info', 'warning', 'error'))
);

comment on table public.job_log is 'What happened while a job ran; goes with its job.';
comment on column public.job_log.id is 'Key.';
comment on column public.job_log.job_id is 'The job.';
comment on column public.job_log.log_level is 'debug, info, warning or error.';
comment on column public.job_log.message is 'What happened.';
comment on column public.job_log.metadata is 'Structured details.';
comment on column public.job_log.created_at is 'When it happened.';

create index idx_job_log_errors on public.job_log (log_level, created_at desc)
    where log_level in ('error', 'warning');
create index idx_job_log_job_time on public.job_log (job_id, created_at desc);
create index idx_job_log_message_fts on public.job_log
    using gin (to_tsvector('pg_catalog.english'::regconfig, message));
create index idx_job_log_metadata_gin on public.job_log using gin (metadata jsonb_path_ops)
    where metadata is not null;

-- Stripe's webhook events --------------------------------------------------------------------------------------

create table public.stripe_webhook_events (
    id uuid not null default gen_random_uuid(),
    stripe_event_id text not null,
    event_type text not null,
    event_data jsonb not null,
    processed boolean not null default false,
    processed_at timestamptz,
    error_message text,
    retry_count integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint stripe_webhook_events_pkey primary key (id),
    constraint stripe_webhook_events_stripe_event_id_key unique (stripe_event_id),
    constraint stripe_webhook_events_retry_count_check check (retry_count >= 0),
    constraint stripe_webhook_events_processed_at_check check (processed = (processed_at is not null))
);

comment on table public.stripe_webhook_events is 'Every event Stripe delivered, once, however often it was delivered.';
comment on column public.stripe_webhook_events.id is 'Key.';
comment on column public.stripe_webhook_events.stripe_event_id is 'Stripe''s id of the event (evt_…); makes logging idempotent.';
comment on column public.stripe_webhook_events.event_type is 'Stripe''s type, e.g. customer.subscription.created.';
comment on column public.stripe_webhook_events.event_data is 'The event as delivered.';
comment on column public.stripe_webhook_events.processed is 'True once the event has been acted upon; never goes back.';
comment on column public.stripe_webhook_events.processed_at is 'When it was; set exactly when processed is true.';
comment on column public.stripe_webhook_events.error_message is 'Why the last attempt failed; null once processed.';
comment on column public.stripe_webhook_events.retry_count is 'How many attempts have failed.';
comment on column public.stripe_webhook_events.created_at is 'When the event first arrived.';
comment on column public.stripe_webhook_events.updated_at is 'When the row last changed.';

create index idx_stripe_webhook_created on public.stripe_webhook_events (created_at desc);
create index idx_stripe_webhook_processed on public.stripe_webhook_events (processed, created_at);
create index idx_stripe_webhook_type on public.stripe_webhook_events (event_type);
create index idx_stripe_webhook_unprocessed on public.stripe_webhook_events (processed, retry_count)
    where processed = false;

-- Row level security and grants --------------------------------------------------------------------------------
-- Signed-in users read; they write through create_job, find_or_create_job and cancel_job alone.

alter table public.job_type enable row level security;
alter table public.job_queue enable row level security;
alter table public.job_log enable row level security;
alter table public.stripe_webhook_events enable row level security;

revoke all on table public.job_type from public, anon, authenticated, service_role;
revoke all on table public.job_queue from public, anon, authenticated, service_role;
revoke all on table public.job_log from public, anon, authenticated, service_role;
revoke all on table public.stripe_webhook_events from public, anon, authenticated, service_role;

grant select on table public.job_type to authenticated;
grant select on table public.job_queue to authenticated;
grant select on table public.job_log to authenticated;
grant select on table public.stripe_webhook_events to authenticated;

grant select, insert, update, delete on table public.job_type to service_role;
grant select, insert, update, delete on table public.job_queue to service_role;
grant select, insert, update, delete on table public.job_log to service_role;
grant select, insert, update, delete on table public.stripe_webhook_events to service_role;

-- Realtime -----------------------------------------------------------------------------------------------------
-- The job-status page follows its own jobs live: row level security applies to what Realtime sends. The publication
-- is the platform's; one that publishes all tables needs (and takes) no addition.

do $$
begin
    if exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime' and not puballtables) then
        alter publication supabase_realtime add table public.job_queue;
    end if;
end
$$;
