-- StreamVibe, phase 2: who may see and change which rows.
--
-- Needs: 001_schema.sql. Connections and accounts are their owner's alone, administrators included: what they support
-- is the profile. What may be done at all is in the grants of 001_schema.sql.

drop policy if exists "platforms are visible" on public.platform;
create policy "platforms are visible" on public.platform
for select to anon, authenticated
using (true);

drop policy if exists "statuses are visible" on public.account_status;
create policy "statuses are visible" on public.account_status
for select to anon, authenticated
using (true);

drop policy if exists "users see their own connections" on public.platform_connection;
create policy "users see their own connections" on public.platform_connection
for select to authenticated
using (user_id = (select auth.uid()));

-- Only is_active (column grant).
drop policy if exists "users switch their own connections" on public.platform_connection;
create policy "users switch their own connections" on public.platform_connection
for update to authenticated
using (user_id = (select auth.uid()))
with check (user_id = (select auth.uid()));

drop policy if exists "users see their own accounts" on public.social_account;
create policy "users see their own accounts" on public.social_account
for select to authenticated
using (user_id = (select auth.uid()));

-- Only sync_mode, visibility, is_primary and deleted_at (column grants).
drop policy if exists "users change their own accounts" on public.social_account;
create policy "users change their own accounts" on public.social_account
for update to authenticated
using (user_id = (select auth.uid()))
with check (user_id = (select auth.uid()));

drop policy if exists "users delete their own accounts" on public.social_account;
create policy "users delete their own accounts" on public.social_account
for delete to authenticated
using (user_id = (select auth.uid()));
