-- Triggers of phase 7.

create or replace trigger set_updated_at
    before update on public.job_type
    for each row
    execute function private.set_updated_at();

create or replace trigger set_updated_at
    before update on public.job_queue
    for each row
    execute function private.set_updated_at();

create or replace trigger set_updated_at
    before update on public.stripe_webhook_events
    for each row
    execute function private.set_updated_at();

create or replace trigger notify_job_status_change
    after insert or update on public.job_queue
    for each row
    execute function private.notify_job_status_change();

comment on trigger notify_job_status_change on public.job_queue is
    'Tells listeners on channel job_status_changed; sent when the transaction commits.';

-- Before, while the subscription that knows the customer's id is still there.
create or replace trigger forget_stripe_customer
    before delete on public.users
    for each row
    execute function private.forget_stripe_customer();

comment on trigger forget_stripe_customer on public.users is
    'Erasure of a user reaches Stripe''s events and the cache, which no foreign key connects.';
