-- Undoes R_triggers.sql.

drop trigger forget_stripe_customer on public.users;
drop trigger notify_job_status_change on public.job_queue;
drop trigger set_updated_at on public.stripe_webhook_events;
drop trigger set_updated_at on public.job_queue;
drop trigger set_updated_at on public.job_type;
