-- Takes phase 2 away: its tables in reverse order; indexes, constraints and grants go with them.

drop table public.social_account;
drop table public.platform_connection;
drop table public.account_status;
drop table public.platform;
