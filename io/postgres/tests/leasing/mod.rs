mod life;
mod remains;
mod shop;
mod together;
