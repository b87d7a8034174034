-- Undoes R_functions.sql.

drop function private.pseudonymise_click();
drop function private.stamp_click();
drop function private.request_address();
drop function public.calculate_trend_score(integer, integer, timestamptz);
drop function public.increment_content_clicks(uuid);
drop function public.update_total_followers(uuid);
drop function public.generate_profile_slug(text, uuid);
drop function private.slugify(text);
