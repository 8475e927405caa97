"""A model worth a careful release: is a tumour malignant, by measurements of its cell nuclei."""
