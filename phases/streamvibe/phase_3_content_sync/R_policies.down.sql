-- Undoes R_policies.sql.

drop policy "Users can view own revisions and those of own content" on public.content_revision;
drop policy "Users can delete own content" on public.content_item;
drop policy "Users can update own content" on public.content_item;
drop policy "Users can view public and own content" on public.content_item;
drop policy "Visitors can view public content" on public.content_item;
drop policy "Everybody can view content types" on public.content_type;
