-- Takes phase 2's policies away, in reverse order.

drop policy "users delete their own accounts" on public.social_account;
drop policy "users change their own accounts" on public.social_account;
drop policy "users see their own accounts" on public.social_account;
drop policy "users switch their own connections" on public.platform_connection;
drop policy "users see their own connections" on public.platform_connection;
drop policy "statuses are visible" on public.account_status;
drop policy "platforms are visible" on public.platform;
