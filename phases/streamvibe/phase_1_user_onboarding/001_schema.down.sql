-- Takes phase 1 away: everything in reverse order. Grants, indexes and constraints go with their tables.

drop table public.cache_store;
drop table public.quota_usage_history;
drop table public.audit_log;
drop table public.notification;
drop table public.subscription;
drop table public.subscription_status;
drop table public.subscription_tier;
drop table public.user_setting;
drop table public.user_role;
drop table public.users;

drop type public.action_mode_enum;
drop type public.notification_type_enum;
drop type public.app_role_enum;
drop type public.visibility_enum;

drop schema private;
