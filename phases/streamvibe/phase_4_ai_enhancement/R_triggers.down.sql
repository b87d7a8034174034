-- Undoes R_triggers.sql.

drop trigger mark_suggestion_applied on public.ai_suggestion_application;
drop trigger complete_ai_usage on public.ai_usage;
drop trigger complete_ai_suggestion on public.ai_suggestion;
drop trigger check_preferred_model on public.user_ai_setting;
drop trigger set_updated_at on public.ai_suggestion;
drop trigger set_updated_at on public.user_ai_setting;
drop trigger set_updated_at on public.ai_model;
drop trigger set_updated_at on public.ai_provider;
