drop policy if exists "Own row, to read" on public.users;
create policy "Own row, to read" on public.users for select to authenticated
    using ((select auth.uid()) = id);
comment on policy "Own row, to read" on public.users is 'Nobody else''s.';
drop policy if exists own_row_update on public.users;
create policy own_row_update on public.users for update to authenticated
    using ((select auth.uid()) = id)
    with check ((select auth.uid()) = id and (select private.is_member(id)));
drop policy if exists not_sad on public.users;
create policy not_sad on public.users as restrictive for all to authenticated, anon
    using (mood <> 'sad');
drop policy if exists everybody on public.published;
create policy everybody on public.published for select
    using (exists (select from public.users u where u.handle = published.name));
