-- Undoes 001_schema.sql.

drop view private.public_creator;
drop table public.featured_creator;
drop table public.trending_content;
drop table public.content_media;
drop table public.content_click;
drop table public.content_tag;
drop index public.idx_content_category;
alter table public.content_item
    drop constraint content_item_category_code_fkey,
    drop column category_code;
drop table public.content_category;
