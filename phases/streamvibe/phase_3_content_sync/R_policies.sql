-- Who sees and writes which rows of phase 3. The service is not subject to these policies.

drop policy if exists "Everybody can view content types" on public.content_type;
create policy "Everybody can view content types" on public.content_type
    for select
    to anon, authenticated
    using (true);

drop policy if exists "Visitors can view public content" on public.content_item;
create policy "Visitors can view public content" on public.content_item
    for select
    to anon
    using (
        visibility = 'public'
        and deleted_at is null
        and social_account_id not in (select h.id from private.hidden_account h)
    );

drop policy if exists "Users can view public and own content" on public.content_item;
create policy "Users can view public and own content" on public.content_item
    for select
    to authenticated
    using (
        (
            visibility = 'public'
            and deleted_at is null
            and social_account_id not in (select h.id from private.hidden_account h)
        )
        or social_account_id in (select a.id from private.own_account a)
    );

-- Nobody but the service adds content: see the grants of 001_schema.sql.

drop policy if exists "Users can update own content" on public.content_item;
create policy "Users can update own content" on public.content_item
    for update
    to authenticated
    using (social_account_id in (select a.id from private.own_account a))
    with check (social_account_id in (select a.id from private.own_account a));

drop policy if exists "Users can delete own content" on public.content_item;
create policy "Users can delete own content" on public.content_item
    for delete
    to authenticated
    using (social_account_id in (select a.id from private.own_account a));

drop policy if exists "Users can view own revisions and those of own content" on public.content_revision;
create policy "Users can view own revisions and those of own content" on public.content_revision
    for select
    to authenticated
    using (
        user_id = (select auth.uid())
        or exists (
            select
            from private.own_content c
            where c.id = content_revision.content_item_id
        )
    );
