mod harmless;
mod proof;
mod sabotage;
mod shop;
