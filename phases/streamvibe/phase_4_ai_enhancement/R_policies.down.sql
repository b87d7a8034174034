-- Undoes R_policies.sql.

drop policy "Users can view own AI usage" on public.ai_usage;
drop policy "Users can apply suggestions to own content" on public.ai_suggestion_application;
drop policy "Users can view applications to own content" on public.ai_suggestion_application;
drop policy "Users can delete suggestions for own content" on public.ai_suggestion;
drop policy "Users can mark suggestions for own content" on public.ai_suggestion;
drop policy "Users can view suggestions for own content" on public.ai_suggestion;
drop policy "Users can delete own AI settings" on public.user_ai_setting;
drop policy "Users can update own AI settings" on public.user_ai_setting;
drop policy "Users can add own AI settings" on public.user_ai_setting;
drop policy "Users can view own AI settings" on public.user_ai_setting;
drop policy "Signed-in users can view trending keywords" on public.trending_keyword;
drop policy "Signed-in users can view AI models" on public.ai_model;
drop policy "Signed-in users can view AI providers" on public.ai_provider;
