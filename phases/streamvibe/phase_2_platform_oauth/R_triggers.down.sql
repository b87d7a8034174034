-- Takes phase 2's triggers away, in reverse order.

drop trigger enforce_social_account_limit on public.social_account;
drop trigger set_updated_at on public.social_account;
drop trigger set_updated_at on public.platform_connection;
drop trigger set_updated_at on public.platform;
