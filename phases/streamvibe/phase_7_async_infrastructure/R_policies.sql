-- Who sees which rows of phase 7. Nobody but the service writes (it is not subject to these policies).

drop policy if exists "Signed-in users can view job types" on public.job_type;
create policy "Signed-in users can view job types" on public.job_type
    for select
    to authenticated
    using (true);

drop policy if exists "Users can view own jobs, admins all" on public.job_queue;
create policy "Users can view own jobs, admins all" on public.job_queue
    for select
    to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));

drop policy if exists "Users can view logs of own jobs, admins all" on public.job_log;
create policy "Users can view logs of own jobs, admins all" on public.job_log
    for select
    to authenticated
    using (
        exists (
            select
            from public.job_queue
            where job_queue.id = job_log.job_id
                and job_queue.user_id = (select auth.uid())
        )
        or (select private.is_admin())
    );

drop policy if exists "Admins can view webhook events" on public.stripe_webhook_events;
create policy "Admins can view webhook events" on public.stripe_webhook_events
    for select
    to authenticated
    using ((select private.is_admin()));
