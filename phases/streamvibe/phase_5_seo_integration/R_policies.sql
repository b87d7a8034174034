-- Who sees and writes which rows of phase 5. The service is not subject to these policies.

drop policy if exists "Signed-in users can view search engines" on public.search_engine;
create policy "Signed-in users can view search engines" on public.search_engine
    for select
    to authenticated
    using (true);

drop policy if exists "Users can view own SEO connections" on public.seo_connection;
create policy "Users can view own SEO connections" on public.seo_connection
    for select
    to authenticated
    using (user_id = (select auth.uid()));

-- Only is_active (column grant).
drop policy if exists "Users can update own SEO connections" on public.seo_connection;
create policy "Users can update own SEO connections" on public.seo_connection
    for update
    to authenticated
    using (user_id = (select auth.uid()))
    with check (user_id = (select auth.uid()));

drop policy if exists "Users can delete own SEO connections" on public.seo_connection;
create policy "Users can delete own SEO connections" on public.seo_connection
    for delete
    to authenticated
    using (user_id = (select auth.uid()));

drop policy if exists "Users can view submissions of own connections" on public.seo_submission;
create policy "Users can view submissions of own connections" on public.seo_submission
    for select
    to authenticated
    using (
        connection_id in (
            select c.id
            from public.seo_connection c
            where c.user_id = (select auth.uid())
        )
    );

drop policy if exists "Users can view own SEO usage" on public.seo_usage;
create policy "Users can view own SEO usage" on public.seo_usage
    for select
    to authenticated
    using (user_id = (select auth.uid()));
