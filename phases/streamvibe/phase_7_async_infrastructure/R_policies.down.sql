-- Undoes R_policies.sql.

drop policy "Admins can view webhook events" on public.stripe_webhook_events;
drop policy "Users can view logs of own jobs, admins all" on public.job_log;
drop policy "Users can view own jobs, admins all" on public.job_queue;
drop policy "Signed-in users can view job types" on public.job_type;
