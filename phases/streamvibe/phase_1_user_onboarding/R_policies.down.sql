-- Takes phase 1's policies away, in reverse order.

drop policy "the service role keeps the cache" on public.cache_store;
drop policy "users see their own quota usage" on public.quota_usage_history;
drop policy "users see what they did" on public.audit_log;
drop policy "users delete their own notifications" on public.notification;
drop policy "users mark their own notifications" on public.notification;
drop policy "users see their own notifications" on public.notification;
drop policy "administrators delete subscriptions" on public.subscription;
drop policy "administrators change subscriptions" on public.subscription;
drop policy "administrators add subscriptions" on public.subscription;
drop policy "users see their own subscription" on public.subscription;
drop policy "statuses are visible" on public.subscription_status;
drop policy "tiers are visible" on public.subscription_tier;
drop policy "users change their own settings" on public.user_setting;
drop policy "users add their own settings" on public.user_setting;
drop policy "users see their own settings" on public.user_setting;
drop policy "administrators revoke roles" on public.user_role;
drop policy "administrators grant roles" on public.user_role;
drop policy "users see their own roles" on public.user_role;
drop policy "users change their own profile" on public.users;
drop policy "public and own profiles are visible" on public.users;
