mod desk;
mod lives;
mod pair;
