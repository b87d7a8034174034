-- Takes phase 1's triggers away, in reverse order. The one on auth.users goes with its function (R_functions.down.sql),
-- since that table belongs to the platform. The profiles stay until their table goes.

drop trigger audit_role_revoked on public.user_role;
drop trigger audit_role_granted on public.user_role;
drop trigger sync_profile_visibility on public.user_setting;
drop trigger sync_profile_visibility on public.users;
drop trigger guard_user_verification on public.users;
drop trigger set_updated_at on public.cache_store;
drop trigger set_updated_at on public.notification;
drop trigger set_updated_at on public.subscription;
drop trigger set_updated_at on public.subscription_tier;
drop trigger set_updated_at on public.user_setting;
drop trigger set_updated_at on public.users;
