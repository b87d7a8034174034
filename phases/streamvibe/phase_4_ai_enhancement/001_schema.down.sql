-- Undoes 001_schema.sql.

drop table public.trending_keyword;
drop table public.ai_usage;
drop table public.ai_suggestion_application;
drop table public.ai_suggestion;
drop table public.user_ai_setting;
drop table public.ai_model;
drop table public.ai_provider;
