-- Undoes 001_schema.sql.

drop view private.visible_content;
drop view private.own_content;
drop view private.hidden_account;
drop index public.users_hidden_idx;
drop index public.social_account_hidden_idx;
drop view private.public_account;
drop view private.own_account;
drop table public.content_revision;
drop table public.content_item;
drop table public.content_type;
drop function private.search_text(text[]);
