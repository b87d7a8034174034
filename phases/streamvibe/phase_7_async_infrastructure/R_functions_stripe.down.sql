-- Undoes R_functions_stripe.sql.

drop function public.invalidate_stripe_cache_from_webhook(text, text);
drop function public.invalidate_stripe_cache(text);
drop function public.get_cached_stripe_data(text);
drop function public.cache_stripe_data(text, jsonb, integer);
drop function public.cleanup_old_webhook_events(integer);
drop function public.retry_failed_webhooks(integer);
drop function public.mark_webhook_processed(text, text);
drop function public.log_stripe_webhook_event(text, text, jsonb);
