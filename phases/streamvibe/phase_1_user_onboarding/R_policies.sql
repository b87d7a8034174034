-- StreamVibe, phase 1: who may see and change which rows.
--
-- Needs: R_functions.sql. One policy a table, role and command; auth.uid() and is_admin() are asked once a statement,
-- not once a row. service_role bypasses all of this. What may be done at all is in the grants of 001_schema.sql.

-- users: public profiles are visible to all, one's own to oneself. Rows come from sign-up and go with the account.
drop policy if exists "public and own profiles are visible" on public.users;
create policy "public and own profiles are visible" on public.users
for select to anon, authenticated
using (is_public or id = (select auth.uid()) or (select private.is_admin()));

drop policy if exists "users change their own profile" on public.users;
create policy "users change their own profile" on public.users
for update to authenticated
using (id = (select auth.uid()) or (select private.is_admin()))
with check (id = (select auth.uid()) or (select private.is_admin()));

-- user_role: only administrators grant and revoke, and under their own name.
drop policy if exists "users see their own roles" on public.user_role;
create policy "users see their own roles" on public.user_role
for select to authenticated
using (user_id = (select auth.uid()) or (select private.is_admin()));

drop policy if exists "administrators grant roles" on public.user_role;
create policy "administrators grant roles" on public.user_role
for insert to authenticated
with check ((select private.is_admin()) and granted_by = (select auth.uid()));

drop policy if exists "administrators revoke roles" on public.user_role;
create policy "administrators revoke roles" on public.user_role
for delete to authenticated
using ((select private.is_admin()));

-- user_setting: one's own. Inserting is allowed for upserts.
drop policy if exists "users see their own settings" on public.user_setting;
create policy "users see their own settings" on public.user_setting
for select to authenticated
using (user_id = (select auth.uid()));

drop policy if exists "users add their own settings" on public.user_setting;
create policy "users add their own settings" on public.user_setting
for insert to authenticated
with check (user_id = (select auth.uid()));

drop policy if exists "users change their own settings" on public.user_setting;
create policy "users change their own settings" on public.user_setting
for update to authenticated
using (user_id = (select auth.uid()))
with check (user_id = (select auth.uid()));

-- subscription_tier, subscription_status: the pricing page.
drop policy if exists "tiers are visible" on public.subscription_tier;
create policy "tiers are visible" on public.subscription_tier
for select to anon, authenticated
using (true);

drop policy if exists "statuses are visible" on public.subscription_status;
create policy "statuses are visible" on public.subscription_status
for select to anon, authenticated
using (true);

-- subscription: one's own to look at. Nobody assigns himself a tier.
drop policy if exists "users see their own subscription" on public.subscription;
create policy "users see their own subscription" on public.subscription
for select to authenticated
using (user_id = (select auth.uid()) or (select private.is_admin()));

drop policy if exists "administrators add subscriptions" on public.subscription;
create policy "administrators add subscriptions" on public.subscription
for insert to authenticated
with check ((select private.is_admin()));

drop policy if exists "administrators change subscriptions" on public.subscription;
create policy "administrators change subscriptions" on public.subscription
for update to authenticated
using ((select private.is_admin()))
with check ((select private.is_admin()));

drop policy if exists "administrators delete subscriptions" on public.subscription;
create policy "administrators delete subscriptions" on public.subscription
for delete to authenticated
using ((select private.is_admin()));

-- notification: one's own; only is_read and read_at can be changed (column grants).
drop policy if exists "users see their own notifications" on public.notification;
create policy "users see their own notifications" on public.notification
for select to authenticated
using (user_id = (select auth.uid()));

drop policy if exists "users mark their own notifications" on public.notification;
create policy "users mark their own notifications" on public.notification
for update to authenticated
using (user_id = (select auth.uid()))
with check (user_id = (select auth.uid()));

drop policy if exists "users delete their own notifications" on public.notification;
create policy "users delete their own notifications" on public.notification
for delete to authenticated
using (user_id = (select auth.uid()));

-- audit_log, quota_usage_history: to look at only.
drop policy if exists "users see what they did" on public.audit_log;
create policy "users see what they did" on public.audit_log
for select to authenticated
using (user_id = (select auth.uid()) or (select private.is_admin()));

drop policy if exists "users see their own quota usage" on public.quota_usage_history;
create policy "users see their own quota usage" on public.quota_usage_history
for select to authenticated
using (user_id = (select auth.uid()) or (select private.is_admin()));

-- cache_store: nobody else is granted anything; said as a policy too, so that it is seen to be meant.
drop policy if exists "the service role keeps the cache" on public.cache_store;
create policy "the service role keeps the cache" on public.cache_store
for all to service_role
using (true)
with check (true);
