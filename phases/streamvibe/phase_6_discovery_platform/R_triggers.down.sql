-- Undoes R_triggers.sql.

drop trigger record_category_revision on public.content_item;
drop trigger pseudonymise_click on public.content_click;
drop trigger stamp_click on public.content_click;
