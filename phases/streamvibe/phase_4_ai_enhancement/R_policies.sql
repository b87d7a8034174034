-- Who sees and writes which rows of phase 4. The service is not subject to these policies.

drop policy if exists "Signed-in users can view AI providers" on public.ai_provider;
create policy "Signed-in users can view AI providers" on public.ai_provider
    for select
    to authenticated
    using (true);

drop policy if exists "Signed-in users can view AI models" on public.ai_model;
create policy "Signed-in users can view AI models" on public.ai_model
    for select
    to authenticated
    using (true);

drop policy if exists "Signed-in users can view trending keywords" on public.trending_keyword;
create policy "Signed-in users can view trending keywords" on public.trending_keyword
    for select
    to authenticated
    using (true);

drop policy if exists "Users can view own AI settings" on public.user_ai_setting;
create policy "Users can view own AI settings" on public.user_ai_setting
    for select
    to authenticated
    using (user_id = (select auth.uid()));

drop policy if exists "Users can add own AI settings" on public.user_ai_setting;
create policy "Users can add own AI settings" on public.user_ai_setting
    for insert
    to authenticated
    with check (user_id = (select auth.uid()));

drop policy if exists "Users can update own AI settings" on public.user_ai_setting;
create policy "Users can update own AI settings" on public.user_ai_setting
    for update
    to authenticated
    using (user_id = (select auth.uid()))
    with check (user_id = (select auth.uid()));

drop policy if exists "Users can delete own AI settings" on public.user_ai_setting;
create policy "Users can delete own AI settings" on public.user_ai_setting
    for delete
    to authenticated
    using (user_id = (select auth.uid()));

drop policy if exists "Users can view suggestions for own content" on public.ai_suggestion;
create policy "Users can view suggestions for own content" on public.ai_suggestion
    for select
    to authenticated
    using (exists (select from private.own_content c where c.id = ai_suggestion.content_item_id));

drop policy if exists "Users can mark suggestions for own content" on public.ai_suggestion;
create policy "Users can mark suggestions for own content" on public.ai_suggestion
    for update
    to authenticated
    using (exists (select from private.own_content c where c.id = ai_suggestion.content_item_id))
    with check (exists (select from private.own_content c where c.id = ai_suggestion.content_item_id));

drop policy if exists "Users can delete suggestions for own content" on public.ai_suggestion;
create policy "Users can delete suggestions for own content" on public.ai_suggestion
    for delete
    to authenticated
    using (exists (select from private.own_content c where c.id = ai_suggestion.content_item_id));

-- Both tables' rows are the owner's: the suggestion below is looked up with the user's own rights.
drop policy if exists "Users can view applications to own content" on public.ai_suggestion_application;
create policy "Users can view applications to own content" on public.ai_suggestion_application
    for select
    to authenticated
    using (
        applied_by_user_id = (select auth.uid())
        or exists (
            select
            from public.ai_suggestion s
            where s.id = ai_suggestion_application.suggestion_id
        )
    );

drop policy if exists "Users can apply suggestions to own content" on public.ai_suggestion_application;
create policy "Users can apply suggestions to own content" on public.ai_suggestion_application
    for insert
    to authenticated
    with check (
        applied_by_user_id = (select auth.uid())
        and exists (
            select
            from public.ai_suggestion s
            where s.id = ai_suggestion_application.suggestion_id
        )
    );

drop policy if exists "Users can view own AI usage" on public.ai_usage;
create policy "Users can view own AI usage" on public.ai_usage
    for select
    to authenticated
    using (user_id = (select auth.uid()));
