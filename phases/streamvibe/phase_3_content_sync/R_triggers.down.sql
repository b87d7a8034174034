-- Undoes R_triggers.sql.

drop trigger prevent_account_deletion_with_content on public.social_account;
drop trigger record_content_revision on public.content_item;
drop trigger check_content_platform on public.content_item;
drop trigger set_updated_at on public.content_item;
drop trigger set_updated_at on public.content_type;
