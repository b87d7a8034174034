-- Undoes R_policies.sql.

drop policy "Users can view own SEO usage" on public.seo_usage;
drop policy "Users can view submissions of own connections" on public.seo_submission;
drop policy "Users can delete own SEO connections" on public.seo_connection;
drop policy "Users can update own SEO connections" on public.seo_connection;
drop policy "Users can view own SEO connections" on public.seo_connection;
drop policy "Signed-in users can view search engines" on public.search_engine;
