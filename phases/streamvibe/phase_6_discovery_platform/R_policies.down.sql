-- Undoes R_policies.sql.

drop policy "Admins can take featured creators off" on public.featured_creator;
drop policy "Admins can update featured creators" on public.featured_creator;
drop policy "Admins can feature creators" on public.featured_creator;
drop policy "Everybody can view featured creators" on public.featured_creator;
drop policy "Admins can delete trends" on public.trending_content;
drop policy "Admins can update trends" on public.trending_content;
drop policy "Admins can add trends" on public.trending_content;
drop policy "Everybody can view trends of visible content" on public.trending_content;
drop policy "Everybody can click visible content" on public.content_click;
drop policy "Everybody can view media of visible content" on public.content_media;
drop policy "Users can delete tags of own content" on public.content_tag;
drop policy "Users can tag own content" on public.content_tag;
drop policy "Everybody can view tags of visible content" on public.content_tag;
drop policy "Everybody can view categories" on public.content_category;
