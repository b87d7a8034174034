-- Who sees and writes which rows of phase 6. The service is not subject to these policies.

drop policy if exists "Everybody can view categories" on public.content_category;
create policy "Everybody can view categories" on public.content_category
    for select
    to anon, authenticated
    using (true);

-- What belongs to content is as visible as the content.

drop policy if exists "Everybody can view tags of visible content" on public.content_tag;
create policy "Everybody can view tags of visible content" on public.content_tag
    for select
    to anon, authenticated
    using (exists (select from private.visible_content c where c.id = content_tag.content_id));

drop policy if exists "Users can tag own content" on public.content_tag;
create policy "Users can tag own content" on public.content_tag
    for insert
    to authenticated
    with check (
        source = 'user_added'
        and exists (select from private.own_content c where c.id = content_tag.content_id)
    );

drop policy if exists "Users can delete tags of own content" on public.content_tag;
create policy "Users can delete tags of own content" on public.content_tag
    for delete
    to authenticated
    using (exists (select from private.own_content c where c.id = content_tag.content_id));

drop policy if exists "Everybody can view media of visible content" on public.content_media;
create policy "Everybody can view media of visible content" on public.content_media
    for select
    to anon, authenticated
    using (exists (select from private.visible_content c where c.id = content_media.content_id));

drop policy if exists "Everybody can click visible content" on public.content_click;
create policy "Everybody can click visible content" on public.content_click
    for insert
    to anon, authenticated
    with check (exists (select from private.visible_content c where c.id = content_click.content_id));

drop policy if exists "Everybody can view trends of visible content" on public.trending_content;
create policy "Everybody can view trends of visible content" on public.trending_content
    for select
    to anon, authenticated
    using (
        exists (select from private.visible_content c where c.id = trending_content.content_id)
        or (select private.is_admin())
    );

drop policy if exists "Admins can add trends" on public.trending_content;
create policy "Admins can add trends" on public.trending_content
    for insert
    to authenticated
    with check ((select private.is_admin()));

drop policy if exists "Admins can update trends" on public.trending_content;
create policy "Admins can update trends" on public.trending_content
    for update
    to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

drop policy if exists "Admins can delete trends" on public.trending_content;
create policy "Admins can delete trends" on public.trending_content
    for delete
    to authenticated
    using ((select private.is_admin()));

drop policy if exists "Everybody can view featured creators" on public.featured_creator;
create policy "Everybody can view featured creators" on public.featured_creator
    for select
    to anon, authenticated
    using (
        exists (select from private.public_creator u where u.id = featured_creator.user_id)
        or (select private.is_admin())
    );

drop policy if exists "Admins can feature creators" on public.featured_creator;
create policy "Admins can feature creators" on public.featured_creator
    for insert
    to authenticated
    with check ((select private.is_admin()));

drop policy if exists "Admins can update featured creators" on public.featured_creator;
create policy "Admins can update featured creators" on public.featured_creator
    for update
    to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

drop policy if exists "Admins can take featured creators off" on public.featured_creator;
create policy "Admins can take featured creators off" on public.featured_creator
    for delete
    to authenticated
    using ((select private.is_admin()));
